/** Tests of ipRestriction. */
import { expect, test } from 'vitest';
import { createApp } from '../app.ts';
import { ipRestriction, type IpRestrictionOptions } from './ip-restriction.ts';

async function statusFor(address: string, options: IpRestrictionOptions): Promise<number> {
  const app = createApp()
    .use((ctx, next) => {
      ctx.clientAddress = address;
      return next();
    })
    .use(ipRestriction(options))
    .get('/', () => 'in');
  return (await app.fetch(new Request('http://host/'))).status;
}

test.each<[string, IpRestrictionOptions, number]>([
  ['10.1.2.3', { allow: ['10.0.0.0/8'] }, 200],
  ['11.1.2.3', { allow: ['10.0.0.0/8'] }, 403],
  ['::ffff:10.1.2.3', { allow: ['10.0.0.0/8'] }, 200],
  ['2001:db8::7', { allow: ['2001:db8::/32'] }, 200],
  ['10.1.2.3', { deny: ['10.0.0.0/8'] }, 403],
  ['::ffff:a01:203', { deny: ['10.0.0.0/8'] }, 403],
  ['11.1.2.3', { deny: ['10.0.0.0/8'] }, 200],
  ['10.0.0.7', { allow: ['private'], deny: ['10.0.0.7'] }, 403],
  ['10.0.0.8', { allow: ['private'], deny: ['10.0.0.7'] }, 200],
  ['10.0.0.8', { allow: [] }, 403],
  ['', { allow: ['private'] }, 403],
  ['', { deny: ['private'] }, 403],
  ['', { allow: ['unix'] }, 200],
  ['unknown', { allow: ['unix', '0.0.0.0/0', '::/0'] }, 403],
  ['unknown', { deny: ['10.0.0.0/8'] }, 403],
  ['10.0.0.8, 1.1.1.1', { deny: ['10.0.0.0/8'] }, 403],
])('%j with %j is %i', async (address, options, status) => {
  expect(await statusFor(address, options)).toBe(status);
});

test('judges the other end of a connection', async () => {
  await using server = await createApp()
    .useAt('/admin', ipRestriction({ deny: ['loopback'] }))
    .get('/', () => 'in')
    .serve();
  expect((await fetch(server.url)).status).toBe(200);
  const refused = await fetch(`${server.url}/admin`);
  expect([refused.status, await refused.json()]).toEqual([
    403,
    expect.objectContaining({ code: 'ADDRESS_REFUSED' }),
  ]);
});

test('refuses options that say nothing, or no address', () => {
  expect(() => ipRestriction({})).toThrow('`allow`');
  expect(() => ipRestriction({ deny: ['10.0.0.0/40'] })).toThrow('`deny[0]`');
});
