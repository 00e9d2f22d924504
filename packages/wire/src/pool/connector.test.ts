/** Connections are opened within a time, to the right host, over TLS only to one that proves who it is. */
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer as createNetServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import tls, { createServer as createTlsServer, type TLSSocket } from 'node:tls';
import { describe, expect, onTestFinished, test } from 'vitest';
import { RENEWED_CERTIFICATE, SERVER_CERTIFICATE } from '../../test-kit/certificate.ts';
import { eventually, startPool, turns } from '../../test-kit/running-pool.ts';
import { always, ok, startOrigin } from '../../test-kit/scripted-origin.ts';
import type { HostAddress } from '../dns-cache/system-resolver.ts';

/** A lookup that finds the same addresses for every name. */
const finds =
  (...addresses: readonly HostAddress[]) =>
  (_: string, options: { all?: boolean | undefined }, found: (...args: never[]) => void): void => {
    const tell = found as (...args: unknown[]) => void;
    if (options.all) tell(null, addresses);
    else tell(null, addresses[0]?.address, addresses[0]?.family);
  };
const LOOPBACK = { address: '127.0.0.1', family: 4 } as const;

describe('a connection that cannot be had', () => {
  test('is refused: nothing was sent, and the cause says why', async () => {
    const origin = await startOrigin();
    await origin.stopListening();
    const { send, pool } = startPool(origin);
    const call = send({ method: 'POST', body: 'hello' });
    await call.ended;
    expect(call.events).toEqual(['failed ConnectFailedError', 'over']);
    expect(call.error).toMatchObject({
      code: 'CONNECT_FAILED',
      nothingSent: true,
      message: `127.0.0.1:${origin.port} cannot be reached: ECONNREFUSED`,
      cause: { code: 'ECONNREFUSED' },
    });
    expect(pool.stats()).toMatchObject({ connections: 0, connectsFailed: 1 });
  });

  test('has a name that nobody knows', async () => {
    const { send } = startPool('http://nowhere.invalid', {
      lookup: (_, __, found) =>
        found(Object.assign(new Error('no such name'), { code: 'ENOTFOUND' }), ''),
    });
    const call = send();
    await call.ended;
    expect(call.error).toMatchObject({
      message: 'nowhere.invalid cannot be reached: ENOTFOUND',
      cause: { code: 'ENOTFOUND' },
    });
  });

  test('has a Unix socket that is not there', async () => {
    const { send } = startPool('http://localhost', { socketPath: '/nowhere/at/all.sock' });
    const call = send();
    await call.ended;
    expect(call.error).toMatchObject({
      message: '/nowhere/at/all.sock cannot be reached: ENOENT',
    });
  });

  test('takes too long to find its address', async () => {
    const { send, clock, pool } = startPool('http://slow.test', { lookup: () => {} });
    const call = send();
    clock.advanceSync(1999);
    await turns();
    expect(call.events).toEqual([]);
    clock.advanceSync(1);
    await call.ended;
    expect(call.events).toEqual(['failed ConnectTimeoutError', 'over']);
    expect(call.error).toMatchObject({
      code: 'CONNECT_TIMEOUT',
      nothingSent: true,
      message: 'slow.test did not accept a connection within 2000 ms',
    });
    expect(pool.stats()).toMatchObject({ connections: 0, connectsFailed: 1 });
    expect(clock.pending).toBe(0);
  });

  test('takes too long to speak TLS', async () => {
    const origin = await startOrigin();
    const { send, clock } = startPool(`https://127.0.0.1:${origin.port}`, {
      connectTimeoutMs: 500,
    });
    const call = send();
    const connection = await origin.connection();
    await connection.until(() => (connection.rest.length > 0 ? true : undefined), 'a handshake');
    clock.advanceSync(500);
    await call.ended;
    expect(call.error).toMatchObject({ code: 'CONNECT_TIMEOUT', nothingSent: true });
    await connection.left();
  });

  test('may take as long as it likes', async () => {
    const { send, clock } = startPool('http://slow.test', {
      lookup: () => {},
      connectTimeoutMs: Infinity,
    });
    const call = send();
    await turns();
    clock.advanceSync(2 ** 33);
    expect(call.events).toEqual([]);
  });

  test('leaves no timer behind when it can be had', async () => {
    const origin = await startOrigin(always(ok('', 'Keep-Alive: timeout=0\r\n')));
    const { get, clock } = startPool(origin);
    await get();
    await eventually(() => expect(clock.pending).toBe(0));
  });
});

describe('where it goes', () => {
  test('a Unix socket', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'wire-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const path = join(folder, 'origin.sock');
    const origin = await startOrigin(undefined, { path });
    const { send } = startPool('http://app.test', { socketPath: path });
    const call = send();
    const connection = await origin.connection();
    expect((await connection.request()).all('host')).toEqual(['app.test']);
    connection.send(ok('hi'));
    expect(await call.text()).toBe('hi');
  });

  test('the second address where nobody listens at the first', async () => {
    const origin = await startOrigin(always(ok('hi')));
    const { get, pool } = startPool(`http://both.test:${origin.port}`, {
      lookup: finds({ address: '::1', family: 6 }, LOOPBACK),
    });
    expect(await get()).toBe('hi');
    expect(await get()).toBe('hi');
    expect(pool.stats()).toMatchObject({ connections: 1, connectsFailed: 0 });
  });

  test('an address of the other kind where there is only that', async () => {
    const origin = await startOrigin(always(ok('six')), { host: '::1' });
    const { get } = startPool(`http://six.test:${origin.port}`, {
      lookup: finds({ address: '::1', family: 6 }),
    });
    expect(await get()).toBe('six');
    const { send } = startPool(`http://[::1]:${origin.port}`);
    const call = send();
    expect(await call.text()).toBe('six');
  });

  test('localhost, by the system', async () => {
    const origin = await startOrigin(always(ok('home')));
    const { get } = startPool(`http://localhost:${origin.port}`);
    expect(await get()).toBe('home');
  });

  test('the brackets of an address belong to Host, not to the address', async () => {
    const origin = await startOrigin(undefined, { host: '::1' });
    const { send } = startPool(`http://[::1]:${origin.port}`);
    send();
    const request = await (await origin.connection()).request();
    expect(request.all('host')).toEqual([`[::1]:${origin.port}`]);
  });

  test('nowhere at once if all addresses fail; the cause lists them', async () => {
    const origin = await startOrigin();
    await origin.stopListening();
    const { send } = startPool(`http://both.test:${origin.port}`, {
      lookup: finds({ address: '::1', family: 6 }, LOOPBACK),
    });
    const call = send();
    await call.ended;
    expect(call.error).toMatchObject({
      message: `both.test:${origin.port} cannot be reached: ECONNREFUSED`,
      cause: { errors: [{ code: 'ECONNREFUSED' }, { code: 'ECONNREFUSED' }] },
    });
  });
});

describe('TLS', () => {
  const startTls = (options = {}) => {
    const server = createTlsServer({ ...SERVER_CERTIFICATE, allowHalfOpen: true, ...options });
    return startOrigin(always(ok('safe')), { server });
  };
  const ca = SERVER_CERTIFICATE.cert;

  test('with a certificate that is trusted for the name', async () => {
    const origin = await startTls({ ALPNProtocols: ['h2', 'http/1.1'] });
    const { get, pool } = startPool(`https://localhost:${origin.port}`, { tls: { ca } });
    expect(await get()).toBe('safe');
    expect(await get()).toBe('safe');
    const { servername, alpnProtocol } = (await origin.connection()).socket as TLSSocket & {
      servername: string;
    };
    expect({ servername, alpnProtocol }).toEqual({
      servername: 'localhost',
      alpnProtocol: 'http/1.1',
    });
    expect(pool.stats()).toMatchObject({ connections: 1, reused: 1 });
  });

  test.each([
    ['one that nobody vouches for', 'localhost', {}, 'DEPTH_ZERO_SELF_SIGNED_CERT'],
    [
      'one of somebody else',
      'localhost',
      { ca: RENEWED_CERTIFICATE.cert },
      'DEPTH_ZERO_SELF_SIGNED_CERT',
    ],
    ['one for another name', 'other.test', { ca }, 'ERR_TLS_CERT_ALTNAME_INVALID'],
  ])('%s is refused, and nothing is sent', async (_, name, tls, code) => {
    const origin = await startTls();
    const { send } = startPool(`https://${name}:${origin.port}`, { tls, lookup: finds(LOOPBACK) });
    const call = send({ method: 'POST', body: 'secret' });
    await call.ended;
    expect(call.error).toMatchObject({
      code: 'CONNECT_FAILED',
      nothingSent: true,
      cause: { code },
    });
    await turns();
    expect(origin.connections.every(({ rest }) => rest.length === 0)).toBe(true);
  });

  test('is verified whatever the environment says', async () => {
    const before = process.env['NODE_TLS_REJECT_UNAUTHORIZED'];
    process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0';
    onTestFinished(() => {
      if (before === undefined) delete process.env['NODE_TLS_REJECT_UNAUTHORIZED'];
      else process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = before;
    });
    const origin = await startTls();
    const { send } = startPool(`https://localhost:${origin.port}`);
    const call = send();
    await call.ended;
    expect(call.error).toMatchObject({ code: 'CONNECT_FAILED' });
  });

  test('is not verified if the options say so', async () => {
    const origin = await startTls();
    const { get } = startPool(`https://localhost:${origin.port}`, {
      tls: { rejectUnauthorized: false },
    });
    expect(await get()).toBe('safe');
  });

  test('for an address, no name is sent, and the certificate must be for the address', async () => {
    const origin = await startTls();
    const { get } = startPool(`https://127.0.0.1:${origin.port}`, { tls: { ca } });
    expect(await get()).toBe('safe');
    const { socket } = await origin.connection();
    expect(socket).toHaveProperty('servername', false);
  });

  test('over a Unix socket, for the name of the origin', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'wire-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const socketPath = join(folder, 'tls.sock');
    const server = createTlsServer({ ...SERVER_CERTIFICATE, allowHalfOpen: true });
    await startOrigin(always(ok('safe')), { server, path: socketPath });
    const { get } = startPool('https://127.0.0.1', { socketPath, tls: { ca } });
    expect(await get()).toBe('safe');
    const { send } = startPool('https://10.0.0.1', { socketPath, tls: { ca } });
    const call = send();
    await call.ended;
    expect(call.error).toMatchObject({ cause: { code: 'ERR_TLS_CERT_ALTNAME_INVALID' } });
  });

  test('older than 1.2 is not spoken, whatever the process allows', async () => {
    const before = tls.DEFAULT_MIN_VERSION;
    tls.DEFAULT_MIN_VERSION = 'TLSv1';
    onTestFinished(() => void (tls.DEFAULT_MIN_VERSION = before));
    const ciphers = 'ALL:@SECLEVEL=0';
    const origin = await startTls({ minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers });
    const { send } = startPool(`https://localhost:${origin.port}`, { tls: { ca, ciphers } });
    const call = send();
    await call.ended;
    expect(call.error).toMatchObject({ code: 'CONNECT_FAILED' });
    // It is not the certificate, nor anything else than the version.
    const minVersion = 'TLSv1' as const;
    const old = startPool(`https://localhost:${origin.port}`, { tls: { ca, ciphers, minVersion } });
    expect(await old.get()).toBe('safe');
  });

  test('with a server that speaks something else fails', async () => {
    const server = createNetServer(
      (socket) => void socket.on('error', () => {}).end('SSH-2.0\r\n'),
    );
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    const { port } = server.address() as { port: number };
    const { send } = startPool(`https://127.0.0.1:${port}`);
    const call = send();
    await call.ended;
    expect(call.error).toMatchObject({ code: 'CONNECT_FAILED', nothingSent: true });
  });

  test('a key that is none is refused when the pool is made', () => {
    expect(() =>
      startPool('https://localhost', { tls: { key: 'no key', cert: 'none' } }),
    ).toThrow();
  });

  test('goes to the second address as well', async () => {
    const origin = await startTls();
    const { get } = startPool(`https://localhost:${origin.port}`, {
      tls: { ca },
      lookup: finds({ address: '::1', family: 6 }, LOOPBACK),
    });
    expect(await get()).toBe('safe');
  });
});
