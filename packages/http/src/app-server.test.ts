/** Tests of an app that listens: clients that leave at every stage, and what is left of them. */
import { once } from 'node:events';
import { connect as connectHttp2 } from 'node:http2';
import { describe, expect, onTestFinished, test } from 'vitest';
import { connectRaw, get } from '../test-kit/raw-client.ts';
import { createApp } from './app.ts';
import type { AppServer } from './app-server.ts';
import type { HttpContext } from './context/context.ts';
import { accessLog } from './middleware/access-log.ts';
import { detectDisconnect } from './middleware/detect-disconnect.ts';
import { httpEvents } from './middleware/http-events.ts';

const bytes = new TextEncoder().encode('tick');

/** Waits for something to happen, turn by turn. */
async function until(happened: () => boolean): Promise<void> {
  while (!happened()) await new Promise(setImmediate);
}

interface Told {
  readonly server: AppServer;
  /** What happened to the requests, in order. */
  readonly said: string[];
  readonly contexts: HttpContext[];
  readonly errors: unknown[];
  readonly unhandled: unknown[];
  readonly lines: string[];
  readonly statuses: () => (number | null)[];
}

/** An app whose routes tell what they live to see. */
async function listening(): Promise<Told> {
  const said: string[] = [];
  const lines: string[] = [];
  const errors: unknown[] = [];
  const unhandled: unknown[] = [];
  const contexts: HttpContext[] = [];
  const note = (error: unknown): void => void unhandled.push(error);
  process.on('unhandledRejection', note);
  onTestFinished(() => void process.off('unhandledRejection', note));
  const recorded = httpEvents();
  const app = createApp({ onError: (error) => errors.push(error) })
    .use(accessLog({ write: (line) => lines.push(line) }))
    .use(detectDisconnect())
    .use(recorded)
    .use((ctx, next) => {
      contexts.push(ctx);
      ctx.signal.addEventListener('abort', () => said.push(`${ctx.path} aborted`));
      ctx.onSettled(() => said.push(`${ctx.path} settled, left: ${ctx.clientLeft}`));
      return next();
    })
    .get('/hello', () => 'hello')
    .get('/wait', async (ctx) => {
      said.push('/wait runs');
      await new Promise<void>((resolve) => ctx.onClientLeft(resolve));
      said.push(`/wait goes on, disconnected: ${ctx.state.isDisconnected}`);
      return 'too late';
    })
    .get('/fails', async (ctx) => {
      said.push('/fails runs');
      await new Promise<void>((resolve) => ctx.onClientLeft(resolve));
      ctx.signal.throwIfAborted();
      return 'never';
    })
    .get('/generator', async function* () {
      try {
        for (;;) yield bytes;
      } finally {
        said.push('/generator ended');
      }
    })
    .get('/silent', async function* (ctx) {
      try {
        yield bytes;
        await new Promise<void>((resolve) => ctx.signal.addEventListener('abort', () => resolve()));
      } finally {
        said.push('/silent ended');
      }
    })
    .get('/stream', () => {
      const cancel = (): void => void said.push('/stream cancelled');
      return new ReadableStream({ pull: (controller) => controller.enqueue(bytes), cancel });
    })
    .post('/body', async (ctx) => {
      said.push('/body runs');
      return ctx.body.text();
    });
  const server = await app.serve({ h2c: true });
  onTestFinished(async () => void (await server.close({ graceMs: 0 })));
  const statuses = () =>
    recorded.events.recentRequests(50).map(({ response }) => response.statusCode);
  return { server, said, contexts, errors, unhandled, lines, statuses };
}

interface Leaver {
  ask(method: string, path: string, body?: string): void;
  /** Waits for the first bytes of the answer's body. */
  begun(): Promise<void>;
  leave(): void;
}

async function byVersion1(server: AppServer, how: 'ends' | 'resets'): Promise<Leaver> {
  const client = await connectRaw(server.port);
  return {
    ask: (method, path, body) =>
      void client.send(
        `${method} ${path} HTTP/1.1\r\nHost: a\r\n${body === undefined ? '' : 'Content-Length: 99\r\n'}\r\n${body ?? ''}`,
      ),
    begun: () => client.until('tick'),
    leave: () => (how === 'ends' ? client.leave() : void client.socket.resetAndDestroy()),
  };
}

async function byVersion2(server: AppServer, how: 'session' | 'stream'): Promise<Leaver> {
  const session = connectHttp2(server.url);
  session.on('error', () => {});
  onTestFinished(() => session.destroy());
  await once(session, 'connect');
  let stream: ReturnType<typeof session.request> | undefined;
  return {
    ask(method, path, body) {
      const head = { ':method': method, ':path': path, ...(body && { 'content-length': 99 }) };
      stream = session.request(head, { endStream: body === undefined });
      stream.on('error', () => {});
      if (body !== undefined) stream.write(body);
    },
    begun: async () => void (stream && (await once(stream, 'data'))),
    // CANCEL
    leave: () => (how === 'session' ? session.destroy() : void stream?.close(8)),
  };
}

const LEAVERS = [
  ['by HTTP/1.1, which ends', (server: AppServer) => byVersion1(server, 'ends')],
  ['by HTTP/1.1, with a reset', (server: AppServer) => byVersion1(server, 'resets')],
  ['by HTTP/2, with its connection', (server: AppServer) => byVersion2(server, 'session')],
  ['by HTTP/2, with its stream alone', (server: AppServer) => byVersion2(server, 'stream')],
] as const;

describe.each(LEAVERS)('a client that leaves %s', (_, connect) => {
  test('while the handler runs is noticed at once, and nothing of it is left', async () => {
    const { server, said, contexts, errors, unhandled, lines, statuses } = await listening();
    const leaver = await connect(server);
    leaver.ask('GET', '/wait');
    await until(() => said.includes('/wait runs'));
    leaver.leave();
    await until(() => lines.length > 0 && said.length > 3);
    expect(said).toEqual([
      '/wait runs',
      '/wait settled, left: true',
      '/wait aborted',
      '/wait goes on, disconnected: true',
    ]);
    expect(contexts[0]?.signal.reason).toMatchObject({ code: 'CLIENT_LEFT' });
    expect(contexts[0]?.sentBytes).toBe(0);
    await until(() => statuses()[0] !== null);
    expect(lines[0]).toContain(' 499 ');
    expect([errors, unhandled]).toEqual([[], []]);
    expect(server.server.stats()).toMatchObject({ inFlight: 0, clientsLeft: 1 });
  });

  test('is noticed before others have asked much', async () => {
    const { server, said, contexts } = await listening();
    const leaver = await connect(server);
    const other = await connectRaw(server.port);
    leaver.ask('GET', '/wait');
    await until(() => said.includes('/wait runs'));
    leaver.leave();
    let asked = 0;
    while (!contexts[0]?.signal.aborted) {
      asked++;
      await other.send(get('/hello')).answer();
    }
    // So many questions and answers are a matter of a few milliseconds.
    expect(asked).toBeLessThan(30);
  });

  test('and whose handler fails for it is no failure', async () => {
    const { server, said, errors, unhandled, lines } = await listening();
    const leaver = await connect(server);
    leaver.ask('GET', '/fails');
    await until(() => said.includes('/fails runs'));
    leaver.leave();
    await until(() => lines.length > 0);
    await new Promise(setImmediate);
    expect(lines[0]).toContain(' 499 ');
    expect([errors, unhandled]).toEqual([[], []]);
  });

  test.each([
    ['/generator', '/generator ended'],
    ['/silent', '/silent ended'],
    ['/stream', '/stream cancelled'],
  ])('in the middle of the answer of %s ends its source', async (path, end) => {
    const { server, said, contexts, errors, unhandled, lines } = await listening();
    const leaver = await connect(server);
    leaver.ask('GET', path);
    await leaver.begun();
    expect(said).toEqual([]);
    leaver.leave();
    await until(() => said.includes(end));
    await until(() => lines.length > 0);
    expect(said.toSorted()).toEqual(
      [`${path} aborted`, end, `${path} settled, left: true`].toSorted(),
    );
    expect(contexts[0]?.sentBytes).toBeGreaterThan(0);
    expect(lines[0]).toContain(' 499 ');
    await new Promise(setImmediate);
    expect([errors, unhandled]).toEqual([[], []]);
    expect(server.server.stats()).toMatchObject({ inFlight: 0, clientsLeft: 1 });
  });

  test('in the middle of its body fails whoever reads it, and nobody is told', async () => {
    const { server, said, errors, unhandled, lines } = await listening();
    const leaver = await connect(server);
    leaver.ask('POST', '/body', 'half');
    await until(() => said.includes('/body runs'));
    leaver.leave();
    await until(() => lines.length > 0);
    await new Promise(setImmediate);
    expect(said.slice(1).toSorted()).toEqual(['/body aborted', '/body settled, left: true']);
    expect(lines[0]).toContain(' 499 ');
    expect([errors, unhandled]).toEqual([[], []]);
    expect(server.server.stats()).toMatchObject({ inFlight: 0 });
  });

  test('and many others, at every stage, leave nothing behind', async () => {
    const { server, said, errors, unhandled } = await listening();
    const paths = ['/wait', '/fails', '/generator', '/silent', '/stream', '/body', '/hello'];
    for (let time = 0; time < 40; time++) {
      const path = paths[time % paths.length] as string;
      const leaver = await connect(server);
      leaver.ask(path === '/body' ? 'POST' : 'GET', path, path === '/body' ? 'half' : undefined);
      if (time % 2) await new Promise(setImmediate);
      leaver.leave();
    }
    // Whoever has left before the request was there has asked nothing.
    await until(() => server.server.stats().inFlight === 0);
    const settled = said.filter((line) => line.includes('settled')).length;
    expect(settled).toBe(server.server.stats().requests);
    const honest = await connectRaw(server.port);
    expect((await honest.send(get('/hello')).answer()).text).toBe('hello');
    expect([errors, unhandled]).toEqual([[], []]);
  });
});

test('a client that leaves before its head is complete has asked nothing', async () => {
  const { server, said, lines, unhandled } = await listening();
  for (const begun of ['', 'G', 'GET /hel', 'GET /hello HTTP/1.1\r\nHost: a\r\n']) {
    const client = await connectRaw(server.port);
    client.send(begun);
    client.leave();
  }
  await until(() => server.server.stats().accepted === 4);
  await until(() => server.server.stats().connections === 0);
  expect([said, lines, unhandled]).toEqual([[], [], []]);
  expect(server.server.stats()).toMatchObject({ inFlight: 0, requests: 0 });
});

test('a client that leaves after its answer has not left it', async () => {
  const { server, said, contexts, lines } = await listening();
  const client = await connectRaw(server.port);
  await client.send(get('/hello')).answer();
  client.leave();
  await until(() => server.server.stats().connections === 0);
  expect(said).toEqual(['/hello settled, left: false']);
  expect([contexts[0]?.clientLeft, contexts[0]?.signal.aborted]).toEqual([false, false]);
  expect(lines[0]).toContain(' 200 ');
});

test('an answer without end, to a client that takes all of it, leaves others their turn', async () => {
  let made = 0;
  const app = createApp()
    .get('/endless', async function* () {
      for (;;) {
        made++;
        yield bytes;
      }
    })
    .get('/hello', () => 'hello');
  await using server = await app.serve();
  const greedy = await connectRaw(server.port);
  const other = await connectRaw(server.port);
  greedy.socket.removeAllListeners('data').on('data', () => {});
  greedy.send(get('/endless'));
  await until(() => made > 0);
  for (let time = 0; time < 20; time++) {
    const before = made;
    expect((await other.send(get('/hello')).answer()).text).toBe('hello');
    expect(made - before).toBeLessThan(5000);
  }
  expect(made).toBeGreaterThan(20);
  greedy.leave();
});

describe('an app that listens', () => {
  test('says where, and is gone when it is out of scope', async () => {
    let url = '';
    {
      await using server = await createApp()
        .get('/', () => 'here')
        .serve();
      ({ url } = server);
      expect(url).toBe(`http://127.0.0.1:${server.port}`);
      expect(await (await fetch(url)).text()).toBe('here');
    }
    await expect(fetch(url)).rejects.toThrow();
  });

  test('lets what is under way end, and tells how many it has cut', async () => {
    let enter = (): void => {};
    let release = (): void => {};
    const entered = new Promise<void>((resolve) => (enter = resolve));
    const app = createApp()
      .get('/slow', () => {
        enter();
        return new Promise<string>((resolve) => (release = () => resolve('done')));
      })
      .get('/never', () => new Promise<string>(() => enter()));
    const server = await app.serve();
    const client = await connectRaw(server.port);
    client.send(get('/slow'));
    await entered;
    const closed = server.close({ graceMs: 60_000 });
    release();
    expect((await client.answer()).text).toBe('done');
    expect(await closed).toBe(0);
    const other = await app.serve();
    const stuck = await connectRaw(other.port);
    const isStuck = new Promise<void>((resolve) => (enter = resolve));
    stuck.send(get('/never'));
    await isStuck;
    expect(await other.close({ graceMs: 0 })).toBe(1);
  });

  test('cannot listen where somebody else does', async () => {
    await using server = await createApp().serve();
    await expect(createApp().serve({ port: server.port })).rejects.toMatchObject({
      code: 'LISTEN_FAILED',
    });
  });
});
