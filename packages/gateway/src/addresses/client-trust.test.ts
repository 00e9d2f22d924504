/** Tests of proxies that a gateway believes, on real sockets. */
import { describe, expect, test } from 'vitest';
import { configOf, send, startProxied } from '../../test-kit/loopback.ts';
import { readConfig } from '../config/read-config.ts';
import { createGateway } from '../gateway.ts';
import { standardPlugins } from '../plugins/standard.ts';

async function start(trustedProxies?: readonly string[]) {
  const { url, gateway } = await startProxied(
    (request, response) => response.end(JSON.stringify(request.headers)),
    trustedProxies ? { trustedProxies } : {},
  );
  let seen: unknown[] = [];
  gateway.registry.add(
    { access: { handle: (ctx) => void (seen = [ctx.clientAddress, ctx.secure]) } },
    { name: 'probe' },
  );
  const ask = async (headers: Record<string, string>) => {
    const { json } = await send(url, { headers });
    return { seen, sent: json as Record<string, string | undefined> };
  };
  return { ask, gateway };
}

const claims = {
  Forwarded: 'for=6.6.6.6',
  'X-Forwarded-For': '6.6.6.6, 192.0.2.7',
  'X-Forwarded-Proto': 'https',
  'X-Real-IP': '6.6.6.6',
};

describe('the client', () => {
  test('is the other end of the connection, unless that is a proxy that is trusted', async () => {
    for (const proxies of [undefined, ['10.0.0.0/8']] as const) {
      const { ask } = await start(proxies);
      const { seen, sent } = await ask(claims);
      expect(seen).toEqual(['127.0.0.1', false]);
      expect(sent['x-forwarded-for']).toBe('127.0.0.1');
      expect(JSON.stringify(sent)).not.toContain('6.6.6.6');
    }
  });

  test('is who the nearest proxy that is not trusted says it is, in all phases and for the upstream', async () => {
    const { ask } = await start(['loopback']);
    const { seen, sent } = await ask(claims);
    expect(seen).toEqual(['192.0.2.7', true]);
    expect(sent['x-forwarded-for']).toBe('192.0.2.7');
    expect(JSON.stringify(sent)).not.toContain('6.6.6.6');
  });

  test('is looked for by the config that holds', async () => {
    const { ask, gateway } = await start();
    expect((await ask(claims)).seen).toEqual(['127.0.0.1', false]);
    await gateway.reload({ ...gateway.config, trustedProxies: ['loopback'] });
    expect((await ask(claims)).seen).toEqual(['192.0.2.7', true]);
  });
});

test('a config says which proxies are trusted, and what is no address is a fault with its place', () => {
  const read = (proxies: string) =>
    readConfig(`trustedProxies: ${proxies}\nroutes:\n  - name: a\n    path: /\n    respond: {}\n`, {
      file: 'f',
      plugins: standardPlugins,
      environment: {},
    });
  expect(read('[loopback, 10.0.0.0/8, "2001:db8::1"]').config?.trustedProxies).toEqual([
    'loopback',
    '10.0.0.0/8',
    '2001:db8::1',
  ]);
  expect(read('[loopback, 10.0.0.1/8]').problems).toMatchObject([
    { line: 1, column: 28, code: 'CFG015', path: 'trustedProxies[1]' },
  ]);
  expect(() => createGateway(configOf({ trustedProxies: ['here'] }))).toThrow('`proxies[0]`');
});
