/** Tests of what is sent once more, with upstreams that count. */
import { fakeClock } from '@interpose/testing';
import fc from 'fast-check';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import {
  routeOf,
  send,
  type Sending,
  startGateway,
  type Started,
  startUpstream,
} from '../../test-kit/loopback.ts';
import type { GatewayOptions } from '../index.ts';
import type { UpstreamConfig } from './upstream-config.ts';

/** What an upstream does with a connection once a request has come on it. */
type Behaviour = (socket: Socket, request: string) => void;

interface Counting {
  readonly url: string;
  /** The requests that came, each as far as its head. */
  readonly requests: string[];
  behave: Behaviour;
  readonly close: () => Promise<void>;
}

const fine: Behaviour = (socket) =>
  void socket.write('HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nfine');

/** An upstream of bare bytes that notes each request and then does what it is told. */
async function startCounting(behaviour: Behaviour = fine): Promise<Counting> {
  const sockets = new Set<Socket>();
  const counting = { requests: [] as string[], behave: behaviour };
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    let text = '';
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1');
      // A head, and as much of a body as it says.
      for (let end = text.indexOf('\r\n\r\n'); end >= 0; end = text.indexOf('\r\n\r\n')) {
        const head = text.slice(0, end);
        const length = Number(/content-length: (\d+)/i.exec(head)?.[1] ?? 0);
        if (text.length < end + 4 + length) return;
        const request = text.slice(0, end + 4 + length);
        text = text.slice(end + 4 + length);
        counting.requests.push(request);
        counting.behave(socket, request);
      }
    });
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const close = async (): Promise<void> => {
    for (const socket of sockets) socket.destroy();
    if (server.listening) await once(server.close(), 'close');
  };
  onTestFinished(close);
  const { port } = server.address() as AddressInfo;
  return Object.assign(counting, { url: `http://127.0.0.1:${port}`, close });
}

/** A port on which nobody listens. */
async function deadUrl(): Promise<string> {
  const { url, server } = await startUpstream(() => {});
  await new Promise((resolve) => server.close(resolve));
  return url;
}

function start(upstream: UpstreamConfig, options: GatewayOptions = {}): Promise<Started> {
  return startGateway(
    { upstreams: { main: upstream }, routes: [routeOf({ upstream: 'main' })] },
    { random: () => 0, ...options },
  );
}

/** Resolves when a request has failed that is not answered yet. */
async function failedOnce({ gateway }: Started): Promise<void> {
  for (;;) {
    const { failures = 0, inFlight = 1 } = gateway.upstreams.get('main')?.status().targets[0] ?? {};
    if (failures > 0 && inFlight === 0) return;
    await new Promise(setImmediate);
  }
}

const targets = (...urls: readonly string[]): UpstreamConfig => ({
  targets: urls.map((url) => ({ url })),
});

const reset: Behaviour = (socket) => void socket.resetAndDestroy();

describe('a request of which nothing was sent', () => {
  test.each(['GET', 'POST', 'PATCH', 'DELETE'])(
    'is tried elsewhere, also if it is a %s',
    async (method) => {
      const well = await startCounting();
      const { url } = await start(targets(await deadUrl(), well.url));
      const body: { body?: string } = method === 'GET' ? {} : { body: 'hello' };
      for (let round = 0; round < 4; round++) {
        const headers = { 'Content-Length': String(body.body?.length ?? 0) };
        expect((await send(url, { method, headers, ...body })).text).toBe('fine');
      }
      expect(well.requests).toHaveLength(4);
      expect(well.requests.every((request) => request.endsWith(body.body ?? '\r\n'))).toBe(true);
    },
  );

  test('goes with all of a large body to the target that is there', async () => {
    const sizes: number[] = [];
    const well = await startUpstream((request, response) => {
      let size = 0;
      request.on('data', (chunk: Uint8Array) => (size += chunk.length));
      request.on('end', () => response.end(String(sizes.push(size))));
    });
    const { url } = await start(targets(await deadUrl(), well.url));
    const answers = await Promise.all(
      [1, 2].map(() => send(url, { method: 'POST', body: Buffer.alloc(3_000_000) })),
    );
    expect(answers.map(({ status }) => status)).toEqual([200, 200]);
    expect(sizes).toEqual([3_000_000, 3_000_000]);
  });

  test('is tried again where it was refused if there is nowhere else to go', async () => {
    const upstream = await startUpstream((_request, response) => void response.end('back'));
    const { port } = upstream.server.address() as AddressInfo;
    await new Promise((resolve) => upstream.server.close(resolve));
    const clock = fakeClock();
    const started = await start({ url: upstream.url }, { clock });
    const answer = send(started.url, { method: 'POST', body: 'x' });
    await failedOnce(started);
    await once(upstream.server.listen(port, '127.0.0.1'), 'listening');
    await clock.advance(25);
    expect((await answer).text).toBe('back');
  });
});

describe('a connection that is lost before the answer', () => {
  test.each(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE'])(
    'lets a %s be sent to another target',
    async (method) => {
      const [dying, well] = [await startCounting(reset), await startCounting()];
      const { url } = await start(targets(dying.url, well.url));
      expect((await send(url, { method })).status).toBe(200);
      expect([dying.requests.length, well.requests.length]).toEqual([1, 1]);
    },
  );

  test.each(['POST', 'PATCH'])('is the end of a %s', async (method) => {
    const [dying, well] = [await startCounting(reset), await startCounting()];
    const { url } = await start(targets(dying.url, well.url));
    expect((await send(url, { method, body: 'x' })).status).toBe(502);
    expect([dying.requests.length, well.requests.length]).toEqual([1, 0]);
  });

  test('sends a small body again, byte by byte the same', async () => {
    const [dying, well] = [await startCounting(reset), await startCounting()];
    const { url } = await start(targets(dying.url, well.url));
    const body = 'x'.repeat(65_536);
    expect(
      (await send(url, { method: 'PUT', body, headers: { 'Content-Length': '65536' } })).status,
    ).toBe(200);
    expect(well.requests[0]).toContain(`\r\n\r\n${body}`);
    expect(well.requests[0]).toBe(
      dying.requests[0]?.replace(new URL(dying.url).host, new URL(well.url).host),
    );
  });

  test.each([
    ['too large', { 'Content-Length': '65537' }, 'x'.repeat(65_537)],
    ['of a length that nobody knows', { 'Transfer-Encoding': 'chunked' }, 'x'],
  ])('does not send a body again that is %s', async (_, headers, body) => {
    let requests = 0;
    const dying = await startUpstream((request) => {
      requests++;
      request.on('end', () => request.socket.resetAndDestroy()).resume();
    });
    const well = await startCounting();
    const { url } = await start(targets(dying.url, well.url));
    expect((await send(url, { method: 'PUT', headers, body })).status).toBe(502);
    expect([requests, well.requests.length]).toEqual([1, 0]);
  });

  test('is tried again once, and no more often', async () => {
    const dying = await Promise.all([1, 2, 3].map(() => startCounting(reset)));
    const { url } = await start(targets(...dying.map((one) => one.url)));
    expect((await send(url)).status).toBe(502);
    expect(dying.map(({ requests }) => requests.length)).toEqual([1, 1, 0]);
  });

  test('is tried as often as the config says, each time elsewhere', async () => {
    const dying = await Promise.all([1, 2, 3].map(() => startCounting(reset)));
    const well = await startCounting();
    const all = targets(...dying.map((one) => one.url), well.url);
    const { url } = await start({ ...all, retry: { retries: 3 } });
    expect((await send(url)).status).toBe(200);
    expect(dying.map(({ requests }) => requests.length)).toEqual([1, 1, 1]);
  });

  test('is the end of everything where nothing may be sent again', async () => {
    const [dying, well] = [await startCounting(reset), await startCounting()];
    const { url } = await start({ ...targets(dying.url, well.url), retry: false });
    expect((await send(url)).status).toBe(502);
    expect([dying.requests.length, well.requests.length]).toEqual([1, 0]);
  });
});

describe('an answer that has begun', () => {
  test.each([
    ['in its body', 'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf'],
    ['after a hint', 'HTTP/1.1 103 Early Hints\r\nLink: <x>\r\n\r\n'],
    ['that is none', 'HTTP/9 nonsense\r\n\r\n'],
  ])('and breaks off %s is not asked for again', async (_, bytes) => {
    const dying = await startCounting((socket) => socket.end(bytes));
    const well = await startCounting();
    const { url } = await start(targets(dying.url, well.url));
    await send(url).catch(() => {});
    expect([dying.requests.length, well.requests.length]).toEqual([1, 0]);
  });

  test('too late is not asked for again', async () => {
    const clock = fakeClock();
    let entered = (): void => {};
    const asked = new Promise<void>((resolve) => (entered = resolve));
    const slow = await startCounting(() => entered());
    const well = await startCounting();
    const { url } = await start(
      { ...targets(slow.url, well.url), firstByteTimeoutMs: 1000 },
      { clock },
    );
    const answer = send(url);
    await asked;
    await clock.advance(2000);
    expect((await answer).status).toBe(504);
    expect(well.requests).toHaveLength(0);
  });
});

describe('statuses', () => {
  const busy =
    (status: string, more = ''): Behaviour =>
    (socket) =>
      void socket.write(`HTTP/1.1 ${status}\r\nContent-Length: 4\r\n${more}\r\nbusy`);

  test('are passed on, unless the config says that they are worth another try', async () => {
    const [one, two] = [await startCounting(busy('503 Busy')), await startCounting()];
    const { url } = await start(targets(one.url, two.url));
    expect((await send(url)).text).toBe('busy');
    expect(two.requests).toHaveLength(0);
    const retried = await start({ ...targets(one.url, two.url), retry: { statuses: [503] } });
    expect((await send(retried.url)).text).toBe('fine');
    expect([one.requests.length, two.requests.length]).toEqual([2, 1]);
  });

  test('of a request that must not be repeated are passed on', async () => {
    const [one, two] = [await startCounting(busy('503 Busy')), await startCounting()];
    const { url } = await start({ ...targets(one.url, two.url), retry: { statuses: [503] } });
    expect((await send(url, { method: 'POST', body: 'x' })).text).toBe('busy');
    expect(two.requests).toHaveLength(0);
  });

  test('of the last try are passed on', async () => {
    const one = await startCounting(busy('503 Busy'));
    const { url, gateway } = await start({ url: one.url, retry: { statuses: [503] } });
    const answer = await send(url);
    expect([answer.status, answer.text, one.requests.length]).toEqual([503, 'busy', 2]);
    expect(gateway.upstreams.get('main')?.status().targets[0]?.inFlight).toBe(0);
  });

  test.each([
    ['in seconds', 'Retry-After: 1\r\n', 1000],
    ['as a date', 'Retry-After: Mon, 01 Jan 2024 00:00:01 GMT\r\n', 1000],
    ['not at all', '', 25],
  ])('that ask to wait %s are waited for', async (_, header, waitMs) => {
    const clock = fakeClock();
    const one = await startCounting(busy('503 Busy', header));
    const started = await start({ url: one.url, retry: { statuses: [503] } }, { clock });
    const answer = send(started.url);
    await failedOnce(started);
    one.behave = fine;
    await clock.advance(waitMs - 1);
    expect(one.requests).toHaveLength(1);
    await clock.advance(1);
    expect((await answer).text).toBe('fine');
  });

  test.each([
    ['longer than may be waited', { maxRetryAfterMs: 500 }, {}],
    ['longer than there is time', {}, { timeoutMs: 900 }],
  ])('that ask to wait %s are passed on, with what they ask', async (_, retry, upstream) => {
    const one = await startCounting(busy('503 Busy', 'Retry-After: 1\r\n'));
    const { url } = await start({
      url: one.url,
      retry: { statuses: [503], ...retry },
      ...upstream,
    });
    const answer = await send(url);
    expect([answer.status, answer.headers['retry-after'], one.requests.length]).toEqual([
      503,
      '1',
      1,
    ]);
  });
});

describe('an Idempotency-Key', () => {
  test.each([
    [true, 200, 1],
    [false, 502, 0],
  ])(
    'lets a POST be repeated where the config says so: %s',
    async (idempotencyKey, status, sent) => {
      const [dying, well] = [await startCounting(reset), await startCounting()];
      const { url } = await start({ ...targets(dying.url, well.url), retry: { idempotencyKey } });
      const sending: Sending = {
        method: 'POST',
        headers: { 'Idempotency-Key': 'a', 'Content-Length': '5' },
        body: 'hello',
      };
      expect((await send(url, sending)).status).toBe(status);
      expect(well.requests).toHaveLength(sent);
      const bare = { method: 'POST', headers: { 'Content-Length': '5' }, body: 'hello' };
      well.behave = reset;
      expect((await send(url, bare)).status).toBe(502);
    },
  );
});

test('the budget bounds how many are repeated', async () => {
  const dying = await startCounting(reset);
  const clock = fakeClock();
  const { url, gateway } = await start(
    { url: dying.url, retry: { budgetPercent: 20, minPerSecond: 0 } },
    { clock },
  );
  for (let count = 1; count <= 20; count++) {
    const answer = send(url);
    let isOver = false;
    void answer.then(() => (isOver = true));
    // Whatever waits to be sent again is.
    while (!isOver) await clock.advance(25);
    expect((await answer).status).toBe(502);
  }
  expect(dying.requests).toHaveLength(24);
  expect(gateway.upstreams.get('main')?.status().retryBudget).toMatchObject({
    balance: 0,
    withdrawals: 4,
  });
});

describe('a client that leaves', () => {
  test('while its request waits to be sent again has it sent no more', async () => {
    const dying = await startCounting(reset);
    const clock = fakeClock();
    const started = await start({ url: dying.url }, { clock });
    const client = connect(started.port, '127.0.0.1');
    client.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    await failedOnce(started);
    client.resetAndDestroy();
    await started.ended();
    await clock.advance(1000);
    expect(dying.requests).toHaveLength(1);
  });
});

test('whatever the method and wherever the upstream dies, what must not be done twice is sent once', async () => {
  const places = {
    'before the head': reset,
    'by hanging up': (socket) => socket.end(),
    'in the head': (socket) => void socket.write('HTTP/1.1 200', () => socket.resetAndDestroy()),
    'after the head': (socket) =>
      void socket.write('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n', () =>
        socket.resetAndDestroy(),
      ),
    'in the body': (socket) =>
      void socket.write('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf', () => socket.destroy()),
    'with a 503': (socket) => void socket.end('HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n'),
    'with garbage': (socket) => void socket.end('garbage\r\n\r\n'),
    never: fine,
  } satisfies Record<string, Behaviour>;
  const dying = await startCounting();
  const other = await startCounting();
  const { url } = await start({
    ...targets(dying.url, other.url),
    retry: { retries: 3, statuses: [503], minPerSecond: 1000 },
    outliers: false,
  });
  const seenOf = (id: string): number =>
    [...dying.requests, ...other.requests].filter((request) => request.includes(id)).length;
  let count = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom('GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE', 'POST', 'PATCH', 'LINK'),
      fc.constantFrom(...(Object.keys(places) as (keyof typeof places)[])),
      fc.constantFrom(...(Object.keys(places) as (keyof typeof places)[])),
      fc.constantFrom(undefined, '', 'body'),
      async (method, first, second, body) => {
        dying.behave = places[first];
        other.behave = places[second];
        const id = `id-${++count}-`;
        const hasBody = body !== undefined && method !== 'GET' && method !== 'HEAD';
        const headers = { 'X-Id': id, ...(hasBody && { 'Content-Length': String(body.length) }) };
        await send(url, { method, headers, ...(hasBody && { body }) }).catch(() => {});
        const mayRepeat = ['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE'].includes(method);
        expect(seenOf(id)).toBeGreaterThanOrEqual(1);
        expect(seenOf(id)).toBeLessThanOrEqual(mayRepeat ? 4 : 1);
      },
    ),
    { numRuns: 150 },
  );
}, 60_000);
