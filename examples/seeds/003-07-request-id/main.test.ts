/** Checks the request id, phase by phase and as a whole. */
import { testPlugin } from '@interpose/gateway/testing';
import { expect, test } from 'vitest';
import { makeRequestId, start } from './main.ts';

const uuid = (): string => crypto.randomUUID();

test('G-80 003-7 access keeps a valid header, and makes an id where there is none', async () => {
  await using tested = await testPlugin(makeRequestId(() => 'made-here-1'));
  const idOf = async (id?: string): Promise<unknown> => {
    const headers = id === undefined ? {} : { 'X-Request-ID': id };
    const { ctx, passed } = await tested.run('access', { headers });
    expect(passed).toBe(true);
    return ctx.state['requestId'];
  };
  expect(await idOf('client-sent-1')).toBe('client-sent-1');
  for (const none of [undefined, '', 'short', 'x'.repeat(129), 'two words', '<script>'])
    expect(await idOf(none)).toBe('made-here-1');
});

test('G-81 G-181 003-7 header_filter sends back what access has found', async () => {
  await using tested = await testPlugin(makeRequestId(uuid));
  const { ctx } = await tested.run('access');
  await tested.run('header_filter', ctx);
  expect(ctx.response.headers.get('x-request-id')).toBe(ctx.state['requestId']);
  expect(ctx.state['requestId']).toMatch(/^[0-9a-f-]{36}$/);
});

test('G-82 003-7 log writes the id down, at info', async () => {
  await using gateway = await start(() => 'made-here-1');
  const { log } = await gateway.send();
  expect(log).toEqual([{ level: 'info', message: 'Request completed: made-here-1' }]);
});

test('G-83 003-7 its priority is 10 in all three phases', async () => {
  await using gateway = await start(uuid);
  const listed = gateway.gateway.registry.getRegistry();
  expect(
    listed
      .filter(({ name }) => name === 'request_id')
      .map(({ phase, priority }) => [phase, priority]),
  ).toEqual([
    ['access', 10],
    ['headerFilter', 10],
    ['log', 10],
  ]);
});

test('G-10 003-7 a refused request has its id, too', async () => {
  await using gateway = await start(() => 'made-here-1');
  const { status, headers, log } = await gateway.send({ path: '/secret' });
  expect([status, headers.get('x-request-id')]).toEqual([403, 'made-here-1']);
  expect(log.map(({ message }) => message)).toContain('Request completed: made-here-1');
});
