/** Tests of listeners: several of them, TLS by host, HTTP/2, PROXY headers, redirects, and what a reload changes of them. */
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createServer as createNetServer, connect } from 'node:net';
import { request as httpRequest } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { fakeClock } from '@interpose/testing';
import { ALPHA, CLIENT, CLIENT_CA, RENEWED, WILD } from '../../test-kit/certificate.ts';
import {
  configOf,
  headOf,
  memoryLogger,
  open,
  routeOf,
  send,
  sendRaw,
  startGateway,
  type Started,
  startUpstream,
} from '../../test-kit/loopback.ts';
import {
  askHttp2,
  askOver,
  connectSecure,
  openHttp2,
  ownerOf,
} from '../../test-kit/secure-client.ts';
import { createGateway } from '../gateway.ts';
import type { GatewayConfig } from '../gateway-config.ts';
import type { ListenerConfig } from './listener-config.ts';

const routes = [routeOf({ respond: { status: 200, body: 'hello' } })];
const local = { host: '127.0.0.1', port: 0 };
const tls = { certificates: [ALPHA, WILD] };

const start = (listeners: readonly ListenerConfig[], more: object = {}): Promise<Started> =>
  startGateway({ routes, listeners }, more);
const config = (listeners: readonly ListenerConfig[], more: Partial<GatewayConfig> = {}) =>
  configOf({ routes, listeners, ...more });

const firstOf = ({ addresses }: Started['gateway']): string => addresses[0]?.url ?? '';

/** A folder that is gone when the test is over. */
function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'interpose-'));
  onTestFinished(() => rmSync(path, { recursive: true }));
  return path;
}

describe('listeners', () => {
  test('there may be several, and a Unix socket among them', async () => {
    const path = join(folder(), 'gateway.sock');
    const { gateway } = await start([local, { ...local, tls }, { path }]);
    const [plain, secure, unix] = gateway.addresses;
    expect(plain?.url).toBe(`http://127.0.0.1:${plain?.port}`);
    expect(secure?.url).toBe(`https://127.0.0.1:${secure?.port}`);
    expect(unix).toEqual({ host: '', port: 0, path, url: `unix:${path}` });
    expect((await send(plain?.url ?? '')).text).toBe('hello');
    expect(await askOver(await connectSecure(secure?.port ?? 0))).toContain('hello');
    const request = httpRequest({ socketPath: path, path: '/', agent: false }).end();
    const answer = await headOf(request);
    answer.resume();
    expect(answer.statusCode).toBe(200);
  });

  test('the socket of a process that is gone is taken over, that of a living one is not', async () => {
    const path = join(folder(), 'gateway.sock');
    const living = createNetServer();
    await once(living.listen(path), 'listening');
    await expect(start([{ path }])).rejects.toThrow(`Cannot listen on ${path}`);
    // As a process leaves it that is killed: the socket is there, and nobody listens.
    const handle = (living as unknown as { _handle: { close(): void } })._handle;
    const moved = `${path}.moved`;
    renameSync(path, moved);
    handle.close();
    renameSync(moved, path);
    const { gateway } = await start([{ path }]);
    expect(gateway.addresses[0]?.path).toBe(path);
  });

  test('a file that is no socket is never taken away', async () => {
    const path = join(folder(), 'precious');
    writeFileSync(path, 'data');
    await expect(start([{ path }])).rejects.toThrow(/already in use/);
  });

  test('all that cannot be opened is told at once, and then nothing is open', async () => {
    const taken = createNetServer();
    await once(taken.listen(0, '127.0.0.1'), 'listening');
    onTestFinished(() => void taken.close());
    const { port } = taken.address() as { port: number };
    const path = join(folder(), 'gateway.sock');
    const listeners = [
      { path },
      { port },
      { ...local, tls: { certificates: [{ cert: '/none', key: '/none' }] } },
    ];
    await expect(start(listeners)).rejects.toThrow(
      /127\.0\.0\.1:\d+: the address is already in use[^]*The certificate \/none cannot be used/,
    );
    await expect(once(connect({ path }), 'connect')).rejects.toThrow('ENOENT');
  });
});

describe('TLS', () => {
  test('the name decides about the certificate, the first is for all others', async () => {
    const { port } = await start([{ ...local, tls }]);
    const owner = async (servername: string) =>
      ownerOf(await connectSecure(port, { servername, rejectUnauthorized: false }));
    expect(await owner('alpha.test')).toBe('alpha');
    expect(await owner('A.Wild.Test')).toBe('wild');
    expect(await owner('a.b.wild.test')).toBe('alpha');
    expect(await owner('wild.test')).toBe('alpha');
    expect(await owner('nobody.test')).toBe('alpha');
    expect(await owner('')).toBe('alpha');
  });

  test('the config may say for which hosts a certificate is', async () => {
    const certificates = [ALPHA, { ...WILD, hosts: ['Other.test', '*.more.test'] }];
    const { port } = await start([{ ...local, tls: { certificates } }]);
    const owner = async (servername: string) =>
      ownerOf(await connectSecure(port, { servername, rejectUnauthorized: false }));
    expect(await owner('other.test')).toBe('wild');
    expect(await owner('a.more.test')).toBe('wild');
    expect(await owner('a.wild.test')).toBe('alpha');
  });

  test('an old version of TLS is refused', async () => {
    const { port } = await start([{ ...local, tls: { ...tls, minVersion: 'TLSv1.3' } }]);
    await expect(connectSecure(port, { maxVersion: 'TLSv1.2' })).rejects.toThrow();
    expect((await connectSecure(port)).getProtocol()).toBe('TLSv1.3');
  });

  test('a certificate and a key that do not belong together keep the gateway from starting', async () => {
    const certificates = [{ cert: ALPHA.cert, key: WILD.key }];
    await expect(start([{ ...local, tls: { certificates } }])).rejects.toThrow(
      /^The certificate \(text\) cannot be used: .*key values mismatch/,
    );
  });

  test('a certificate that has ended, or soon will, is told', async () => {
    const endsAtMs = Date.parse(new X509Certificate(ALPHA.cert).validTo);
    const told = async (wallMs: number) => {
      const { logger } = await start([{ ...local, tls }], { clock: fakeClock({ wallMs }) });
      return logger.messages('warn');
    };
    const day = 24 * 60 * 60 * 1000;
    const date = new Date(endsAtMs).toISOString();
    expect(await told(endsAtMs - 15 * day)).toEqual([]);
    expect(await told(endsAtMs - 13 * day)).toEqual([`A certificate of 127.0.0.1:0 ends ${date}`]);
    expect(await told(endsAtMs + day)).toEqual([`A certificate of 127.0.0.1:0 ended ${date}`]);
  });
});

describe('certificates in files', () => {
  function files() {
    const at = folder();
    const paths = { cert: join(at, 'cert.pem'), key: join(at, 'key.pem') };
    const write = ({ cert, key }: { cert: string; key: string }): void => {
      writeFileSync(paths.cert, cert);
      writeFileSync(paths.key, key);
    };
    write(ALPHA);
    return { paths, write };
  }

  test('are read again when they change, and connections stay', async () => {
    const { paths, write } = files();
    const clock = fakeClock();
    const { port, logger } = await start([{ ...local, tls: { certificates: [WILD, paths] } }], {
      clock,
    });
    const before = await connectSecure(port);
    expect(ownerOf(before)).toBe('alpha');
    write(RENEWED);
    await clock.advance(5000);
    await expect
      .poll(() => logger.messages('info'))
      .toContain('The certificates of 127.0.0.1:0 have been renewed');
    expect(ownerOf(await connectSecure(port))).toBe('renewed');
    expect(await askOver(before)).toContain('hello');
  });

  test('that cannot be used are told once, and the old ones stay until they can', async () => {
    const { paths, write } = files();
    const { port, logger, gateway } = await start([{ ...local, tls: { certificates: [paths] } }]);
    writeFileSync(paths.cert, 'rubbish');
    await gateway.renewCertificates();
    await gateway.renewCertificates();
    expect(logger.messages('error')).toEqual([
      expect.stringMatching(
        /^The old certificates of 127\.0\.0\.1:0 stay: The certificate .*cert\.pem cannot be used/,
      ),
    ]);
    expect(ownerOf(await connectSecure(port))).toBe('alpha');
    rmSync(paths.cert);
    await gateway.renewCertificates();
    expect(logger.messages('error')).toHaveLength(2);
    write(RENEWED);
    await gateway.renewCertificates();
    expect(ownerOf(await connectSecure(port))).toBe('renewed');
  });

  test('that change all the time under load fail nothing', async () => {
    const { paths, write } = files();
    const { port, gateway } = await start([{ ...local, tls: { certificates: [WILD, paths] } }]);
    let isOver = false;
    const owners = new Set<string>();
    const client = async (): Promise<number> => {
      let count = 0;
      for (; !isOver; count++) {
        const socket = await connectSecure(port);
        owners.add(ownerOf(socket));
        expect(await askOver(socket)).toContain('hello');
      }
      return count;
    };
    const clients = [client(), client(), client()];
    for (let at = 0; at < 10; at++) {
      write(at % 2 === 0 ? RENEWED : ALPHA);
      await gateway.renewCertificates();
      await connectSecure(port);
    }
    isOver = true;
    for (const count of await Promise.all(clients)) expect(count).toBeGreaterThan(0);
    expect([...owners].sort()).toEqual(['alpha', 'renewed']);
  });

  test('are read again by a reload, which a broken one does not keep from the rest', async () => {
    const { paths, write } = files();
    const listeners = [{ ...local, tls: { certificates: [paths] } }];
    const { port, gateway, logger } = await start(listeners);
    write(RENEWED);
    await gateway.reload(config(listeners));
    expect(ownerOf(await connectSecure(port))).toBe('renewed');
    writeFileSync(paths.key, 'rubbish');
    await gateway.reload(
      config(listeners, { routes: [routeOf({ respond: { status: 200, body: 'new' } })] }),
    );
    expect(await askOver(await connectSecure(port))).toContain('new');
    expect(logger.messages('error')).toHaveLength(1);
  });
});

describe('HTTP/2', () => {
  test('is spoken by those that can, unless it is switched off', async () => {
    const { gateway } = await start([
      { ...local, tls },
      { ...local, tls, http2: false },
    ]);
    const session = openHttp2(firstOf(gateway));
    expect(await askHttp2(session)).toMatchObject({ status: 200, text: 'hello' });
    const off = gateway.addresses[1]?.port ?? 0;
    const socket = await connectSecure(off, { ALPNProtocols: ['h2', 'http/1.1'] });
    expect(socket.alpnProtocol).toBe('http/1.1');
  });

  test('is spoken without TLS only where the listener says so', async () => {
    const { url, gateway } = await start([{ ...local, h2c: true }, local]);
    expect(await askHttp2(openHttp2(url))).toMatchObject({ status: 200 });
    expect((await send(url)).status).toBe(200);
    const session = openHttp2(gateway.addresses[1]?.url ?? '');
    await expect(askHttp2(session)).rejects.toThrow();
  });

  test('a request for a host of another certificate is misdirected, and logged', async () => {
    const { gateway, ended, logger } = await startGateway({
      routes,
      listeners: [{ ...local, tls }],
      plugins: [{ name: 'access-log', options: {} }],
    });
    const session = openHttp2(firstOf(gateway));
    expect((await askHttp2(session, { ':authority': 'localhost' })).status).toBe(200);
    await ended();
    expect((await askHttp2(session, { ':authority': 'unknown.test:8443' })).status).toBe(200);
    await ended();
    const refused = await askHttp2(session, { ':authority': 'a.wild.test' });
    expect(refused.status).toBe(421);
    expect(JSON.parse(refused.text)).toMatchObject({ code: 'MISDIRECTED_REQUEST' });
    await ended();
    expect(logger.entries.at(-1)).toMatchObject({ event: 'access', status: 421, route: null });
  });

  test('one certificate alone misdirects nobody, nor does HTTP/1.1', async () => {
    const { gateway } = await start([{ ...local, tls: { certificates: [ALPHA] } }]);
    expect(
      (await askHttp2(openHttp2(firstOf(gateway)), { ':authority': 'a.wild.test' })).status,
    ).toBe(200);
    const { port } = await start([{ ...local, tls }]);
    const socket = await connectSecure(port, { servername: 'a.wild.test' });
    expect(await askOver(socket)).toContain('hello');
  });
});

describe('redirectToHttps', () => {
  const raw = (port: number, head: string) => sendRaw(port, `${head}\r\nConnection: close\r\n\r\n`);

  test('sends every request to TLS, without asking plugins, and logs it', async () => {
    const { port, ended, logger } = await startGateway({
      routes,
      listeners: [{ ...local, redirectToHttps: true }],
      plugins: [
        { name: 'key-auth', options: { keys: { alice: 'secret-key-of-alice' } } },
        { name: 'access-log', options: {} },
      ],
    });
    const answer = await raw(port, 'POST /a/../b?c=d HTTP/1.1\r\nHost: example.com:8080');
    expect(answer).toMatch(/^HTTP\/1\.1 308 /);
    expect(answer).toContain('\r\nLocation: https://example.com/b?c=d\r\n');
    await ended();
    expect(logger.entries.at(-1)).toMatchObject({ status: 308, path: '/b' });
  });

  test('may have another port and another status, and keeps addresses whole', async () => {
    const redirectToHttps = { port: 8443, status: 301 } as const;
    const { port } = await start([{ ...local, redirectToHttps }]);
    const answer = await raw(port, 'GET / HTTP/1.1\r\nHost: [::1]:8080');
    expect(answer).toMatch(/^HTTP\/1\.1 301 /);
    expect(answer).toContain('\r\nLocation: https://[::1]:8443/\r\n');
  });

  test('has nowhere to send a request without a host or a path', async () => {
    const { port } = await start([{ ...local, redirectToHttps: true }]);
    expect(await raw(port, 'GET / HTTP/1.0')).toMatch(/^HTTP\/1\.1 400 /);
    expect(await raw(port, 'GET /%zz HTTP/1.1\r\nHost: example.com')).toMatch(/^HTTP\/1\.1 400 /);
  });
});

describe('proxyProtocol', () => {
  const LINE = 'PROXY TCP4 192.0.2.1 198.51.100.7 56324 443\r\n';
  const GET = 'GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n';
  const address = [routeOf({ upstream: 'main' })];

  async function proxied(trusted: readonly string[]) {
    const upstream = await startUpstream((request, response) => {
      response.end(String(request.headers['x-forwarded-for']));
    });
    return startGateway({
      upstreams: { main: { url: upstream.url } },
      routes: address,
      listeners: [{ ...local, proxyProtocol: { trusted } }],
    });
  }

  test('is believed of those that are trusted, who have to speak it', async () => {
    const { port } = await proxied(['loopback']);
    expect(await sendRaw(port, LINE + GET)).toContain('192.0.2.1');
    expect(await sendRaw(port, GET)).toBe('');
  });

  test('is refused of everybody else, who are served without it', async () => {
    const { port } = await proxied(['10.0.0.0/8', 'unix']);
    expect(await sendRaw(port, LINE + GET)).toMatch(/^HTTP\/1\.1 400 /);
    expect(await sendRaw(port, GET)).toContain('127.0.0.1');
  });
});

describe('certificates of clients', () => {
  test('are required where there is an authority, or only asked for', async () => {
    const ask = { certificates: [ALPHA], clientCa: CLIENT_CA };
    const { port, gateway } = await start([
      { ...local, tls: ask },
      { ...local, tls: { ...ask, clientAuth: 'request' } },
    ]);
    expect(await askOver(await connectSecure(port, CLIENT))).toContain('hello');
    // With TLS 1.3 the client is done before the server has looked at what it sent.
    await expect(connectSecure(port).then((socket) => askOver(socket))).rejects.toThrow(
      /certificate required/,
    );
    const stranger = connectSecure(port, RENEWED).then((socket) => askOver(socket));
    expect(await stranger.catch(() => '')).toBe('');
    const lax = gateway.addresses[1]?.port ?? 0;
    expect(await askOver(await connectSecure(lax))).toContain('hello');
  });
});

describe('a reload', () => {
  test('keeps the sockets of listeners that stay, opens new ones, and drains those that are gone', async () => {
    let release = (): void => {};
    const released = new Promise<void>((resolve) => (release = resolve));
    let entered = (): void => {};
    const isIn = new Promise<void>((resolve) => (entered = resolve));
    const upstream = await startUpstream((_, response) => {
      entered();
      void released.then(() => response.end('late'));
    });
    const slow = {
      upstreams: { main: { url: upstream.url } },
      routes: [
        routeOf({ upstream: 'main', path: '/slow' }),
        routeOf({ name: 'fast', respond: { status: 200, body: 'fast' } }),
      ],
    };
    const path = join(folder(), 'gateway.sock');
    const { gateway, url, port } = await startGateway({ ...slow, listeners: [local, { path }] });
    const onSocket = httpRequest({ socketPath: path, path: '/slow', agent: false });
    const answer = headOf(onSocket.end());
    await isIn;
    await gateway.reload(configOf({ ...slow, listeners: [local, { ...local, tls }] }));
    expect(gateway.addresses.map((one) => one.url.split(':')[0])).toEqual(['http', 'https']);
    expect(gateway.addresses[0]?.port).toBe(port);
    expect((await send(`${url}/fast`)).text).toBe('fast');
    await expect(once(connect({ path }), 'connect')).rejects.toThrow(/ENOENT|ECONNREFUSED/);
    release();
    (await answer).resume();
    expect((await answer).statusCode).toBe(200);
  });

  test('changes what a port speaks without letting go of it', async () => {
    const { gateway, port, url } = await start([local]);
    const kept = open(url, { headers: { Connection: 'keep-alive' } });
    kept.end();
    (await headOf(kept)).resume();
    await gateway.reload(config([{ ...local, tls }]));
    expect(gateway.addresses).toMatchObject([{ port, url: `https://127.0.0.1:${port}` }]);
    expect(await askOver(await connectSecure(port))).toContain('hello');
  });

  test('of what a port speaks lets requests under way end, and cuts them when their time is over', async () => {
    let entered = (): void => {};
    let isIn = Promise.resolve();
    const answers: (() => void)[] = [];
    const upstream = await startUpstream((_, response) => {
      answers.push(() => void response.end('late'));
      entered();
    });
    const clock = fakeClock();
    const slow = {
      upstreams: { main: { url: upstream.url } },
      routes: [routeOf({ upstream: 'main' })],
      shutdown: { graceMs: 3000 },
    };
    const { gateway, url, logger } = await startGateway({ ...slow, listeners: [local] }, { clock });
    const ask = () => {
      isIn = new Promise((resolve) => (entered = resolve));
      const answer = headOf(open(url).end());
      answer.catch(() => {});
      return answer;
    };
    const ends = ask();
    await isIn;
    const isCut = ask();
    await isIn;
    await gateway.reload(configOf({ ...slow, listeners: [{ ...local, tls }] }));
    answers[0]?.();
    (await ends).resume();
    expect((await ends).headers.connection).toBe('close');
    await clock.advance(3000);
    await expect(isCut).rejects.toThrow(/hang up|closed without/);
    expect(logger.messages('warn')).toContain('Cut 1 connections of 127.0.0.1:0');
    const { port } = gateway.addresses[0] ?? { port: 0 };
    expect((await connectSecure(port)).encrypted).toBe(true);
  });

  test('takes other limits for connections', async () => {
    const { gateway, port } = await start([local]);
    const long = `GET /${'a'.repeat(100)} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`;
    expect(await sendRaw(port, long)).toMatch(/ 200 /);
    await gateway.reload(config([local], { connections: { maxLineBytes: 64 } }));
    expect(await sendRaw(port, long)).toMatch(/ 414 /);
    expect(gateway.addresses[0]?.port).toBe(port);
  });

  test('for which a port cannot be had, or a certificate cannot be used, changes nothing', async () => {
    const taken = createNetServer();
    await once(taken.listen(0, '127.0.0.1'), 'listening');
    onTestFinished(() => void taken.close());
    const other = (taken.address() as { port: number }).port;
    const { gateway, url } = await start([local]);
    const before = gateway.config;
    const next = [routeOf({ respond: { status: 200, body: 'new' } })];
    const path = join(folder(), 'gateway.sock');
    await expect(
      gateway.reload(config([local, { path }, { port: other }], { routes: next })),
    ).rejects.toThrow(/already in use/);
    await expect(
      gateway.reload(config([{ ...local, tls: { certificates: [{ cert: '/no', key: '/no' }] } }])),
    ).rejects.toThrow('The certificate /no cannot be used');
    expect(gateway.config).toBe(before);
    expect(gateway.addresses).toHaveLength(1);
    expect((await send(url)).text).toBe('hello');
    await expect(once(connect({ path }), 'connect')).rejects.toThrow('ENOENT');
  });

  test('while the gateway begins to listen comes after that, and so does another listening', async () => {
    const gateway = createGateway(config([local]), { logger: memoryLogger() });
    onTestFinished(async () => void (await gateway.close({ graceMs: 0 })));
    const [first, , second] = await Promise.all([
      gateway.listen(),
      gateway.reload(config([{ ...local, tls }])),
      gateway.listen(),
    ]);
    expect(second).toEqual({ ...first, url: `https://127.0.0.1:${first.port}` });
    expect(gateway.addresses).toEqual([second]);
  });

  test('of a gateway that is closed meanwhile leaves nothing open', async () => {
    const { gateway } = await start([local]);
    const path = join(folder(), 'gateway.sock');
    const reloading = gateway.reload(config([{ path }]));
    await gateway.close({ graceMs: 0 });
    await reloading;
    expect(gateway.addresses).toEqual([]);
    await expect(once(connect({ path }), 'connect')).rejects.toThrow(/ENOENT|ECONNREFUSED/);
  });
});
