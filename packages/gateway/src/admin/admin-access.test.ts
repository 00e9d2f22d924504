/** Tests of who is let in to the admin API, on real sockets. */
import { describe, expect, test } from 'vitest';
import { memoryLogger, routeOf, send, sendRaw, startGateway } from '../../test-kit/loopback.ts';
import { createGateway } from '../gateway.ts';
import { configOf } from '../../test-kit/loopback.ts';
import { checkAdmin, isLoopback } from './admin-options.ts';

const TOKEN = 'a-token-of-the-tests';
const AUTH = { authorization: `Bearer ${TOKEN}` };
const routes = [routeOf({ respond: { status: 200, body: 'ok' } })];

async function startAdmin(admin: object = { port: 0, token: TOKEN }) {
  const started = await startGateway({ routes, admin });
  const url = started.gateway.adminUrl as string;
  return { ...started, admin: url, adminPort: Number(new URL(url).port) };
}

describe('whoever asks', () => {
  test('is refused without the token, with another one, and with one that begins like it', async () => {
    const { admin } = await startAdmin();
    const statuses = await Promise.all(
      [
        {},
        { authorization: 'Bearer another-token-than-this' },
        { authorization: `Bearer ${TOKEN}x` },
        { authorization: `Bearer ${TOKEN.slice(0, -1)}` },
        { authorization: `Basic ${btoa(`admin:${TOKEN}`)}` },
      ].map(async (headers) => (await send(`${admin}/plugins`, { headers })).status),
    );
    expect(statuses).toEqual([401, 401, 401, 401, 401]);
    expect((await send(`${admin}/plugins`, { headers: AUTH })).status).toBe(200);
  });

  test('learns nothing of what there is without the token', async () => {
    const { admin } = await startAdmin();
    const paths = ['/config', '/metrics', '/requests', '/health/details', '/no-such-thing', '/'];
    const answers = await Promise.all(paths.map(async (path) => send(admin + path)));
    expect(answers.map(({ status }) => status)).toEqual(paths.map(() => 401));
    expect((await send(`${admin}/no-such-thing`, { headers: AUTH })).status).toBe(404);
  });

  test('can read without the token what the API is like, and whether the gateway is there', async () => {
    const { admin } = await startAdmin();
    const document = await send(`${admin}/openapi.json`);
    expect(document.json).toMatchObject({
      security: [{ token: [] }],
      paths: { '/config': {}, '/plugins/{name}/state': {}, '/requests/{id}/explain': {} },
    });
    expect((await send(`${admin}/docs`)).headers['content-type']).toContain('text/html');
    expect((await send(`${admin}/health`)).json).toMatchObject({ status: 'healthy' });
  });

  test('is let in without a token where there is none, as only this machine can come', async () => {
    const { admin } = await startAdmin({ port: 0 });
    expect((await send(`${admin}/plugins`)).status).toBe(200);
  });
});

describe('a page in a browser', () => {
  test('that has its own name point here is refused under that name', async () => {
    const { adminPort } = await startAdmin({ port: 0, hosts: ['Gateway.Internal'] });
    const ask = async (host: string): Promise<string> =>
      (
        await sendRaw(
          adminPort,
          `GET /plugins HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`,
        )
      ).slice(9, 12);
    const hosts = [
      'evil.example',
      `evil.example:${adminPort}`,
      '127.0.0.1.evil.example',
      'localhost.evil',
    ];
    expect(await Promise.all(hosts.map(ask))).toEqual(hosts.map(() => '421'));
    const own = ['localhost', `127.0.0.1:${adminPort}`, '[::1]:80', 'gateway.internal:8081'];
    expect(await Promise.all(own.map(ask))).toEqual(own.map(() => '200'));
  });

  test('of another site can change nothing where there is no token', async () => {
    const { admin, gateway } = await startAdmin({ port: 0 });
    const put = async (headers: Record<string, string>) =>
      send(`${admin}/plugins/test-end/state`, {
        method: 'PUT',
        headers: { 'content-type': 'application/json', ...headers },
        body: '{"state":"disabled"}',
      });
    expect((await put({ origin: 'https://evil.example' })).status).toBe(403);
    expect((await put({ 'sec-fetch-site': 'cross-site' })).status).toBe(403);
    expect(gateway.registry.getRegistry()).toMatchObject([{ name: 'test-end', state: 'active' }]);
    expect((await put({})).status).toBe(200);
    expect(gateway.registry.getRegistry()).toMatchObject([{ state: 'disabled' }]);
  });
});

describe('a config', () => {
  test('must have a token where others than this machine can come', () => {
    for (const host of ['0.0.0.0', '::', '10.0.0.1', 'gateway.internal', 'localhost.evil']) {
      const config = configOf({ routes, admin: { host, port: 0 } });
      expect(() => createGateway(config, { logger: memoryLogger() })).toThrow(
        'beyond loopback the admin API needs a token',
      );
    }
    expect(['localhost', '127.0.0.1', '127.8.9.1', '::1'].every(isLoopback)).toBe(true);
  });

  test('must have a token that nobody guesses, which no message shows', () => {
    for (const token of ['short', 'fifteen-letters', 'with spaces in the token', '']) {
      const check = (): void => checkAdmin({ token });
      expect(check).toThrow('16 or more');
      expect(check).not.toThrow(`\`${token}\``);
    }
    expect(() => checkAdmin({ port: 70_000 })).toThrow('a whole number from 0 to 65535');
    expect(() => checkAdmin({ hosts: 'localhost' as never })).toThrow('a list of texts');
    expect(() => checkAdmin({ tokens: 'x' } as never)).toThrow('token');
  });

  test('that has another token is obeyed from the next request on', async () => {
    const { admin, gateway } = await startAdmin();
    const next = 'another-token-of-the-tests';
    await gateway.reload({ ...gateway.config, admin: { port: 0, token: next } });
    expect((await send(`${admin}/plugins`, { headers: AUTH })).status).toBe(401);
    const headers = { authorization: `Bearer ${next}` };
    expect((await send(`${admin}/plugins`, { headers })).status).toBe(200);
  });
});

test('changes and refusals are written to the log, without the token', async () => {
  const { admin, logger } = await startAdmin();
  const put = (headers: Record<string, string>) =>
    send(`${admin}/plugins/test-end/state`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json', ...headers },
      body: '{"state":"active"}',
    });
  await put(AUTH);
  await put({ authorization: 'Bearer another-token-than-this' });
  await send(`${admin}/plugins`, { headers: AUTH });
  const lines = logger.entries.filter((entry) => entry['event'] === 'admin');
  expect(lines).toMatchObject([
    { level: 'info', method: 'PUT', path: '/plugins/test-end/state', status: 200 },
    { level: 'warn', method: 'PUT', status: 401, clientAddress: '127.0.0.1' },
  ]);
  expect(JSON.stringify(logger.entries)).not.toMatch(/another-token|a-token/);
});

test('the address is given back when the gateway closes, and taken by no other', async () => {
  const { gateway, admin, adminPort } = await startAdmin();
  await gateway.close({ graceMs: 0 });
  expect(gateway.adminUrl).toBeUndefined();
  await expect(send(`${admin}/health`)).rejects.toThrow();
  const next = await startGateway({ routes, admin: { port: adminPort } });
  expect(next.gateway.adminUrl).toBe(admin);
  const taken = createGateway(configOf({ routes, admin: { port: adminPort } }), {
    logger: memoryLogger(),
  });
  await expect(taken.listen()).rejects.toMatchObject({ code: 'LISTEN_FAILED' });
  expect(taken.state).toBe('starting');
  await taken.close({ graceMs: 0 });
});
