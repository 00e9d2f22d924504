/** Tests of how requests end: whatever throws, and wherever, the right answer is given once, and others notice nothing. */
import { circuitBreaker, timeout } from '@interpose/resilience';
import { ValidationError } from '@interpose/resilience/boundary';
import { ForbiddenError, UnauthenticatedError } from '@interpose/resilience/checks';
import { fakeClock } from '@interpose/testing';
import { once } from 'node:events';
import {
  connect as connectHttp2,
  type ClientHttp2Session,
  type ClientHttp2Stream,
} from 'node:http2';
import { describe, expect, onTestFinished, test } from 'vitest';
import { connectRaw, exchangeRaw, get, post, type RawAnswer } from '../../test-kit/raw-client.ts';
import { type App, createApp, type HttpMiddleware } from '../app.ts';
import type { AppServer, ServeOptions } from '../app-server.ts';
import type { HttpContext } from '../context/context.ts';
import { HttpError } from '../errors.ts';
import { accessLog } from '../middleware/access-log.ts';
import { httpEvents } from '../middleware/http-events.ts';
import type { FailureOptions } from './respond.ts';
import { HttpResponse } from '../context/response.ts';

const SECRET = 'postgres://user:hunter2@db';
const boom = (): never => {
  throw new Error(SECRET);
};
const later = async (): Promise<never> => {
  await null;
  return boom();
};

interface Told {
  readonly errors: unknown[];
  readonly unhandled: unknown[];
}

/** What an app told of failures, and what nobody caught. */
function watch(): Told & { readonly onError: NonNullable<FailureOptions['onError']> } {
  const unhandled: unknown[] = [];
  const note = (error: unknown): void => void unhandled.push(error);
  process.on('unhandledRejection', note);
  onTestFinished(() => void process.off('unhandledRejection', note));
  const errors: unknown[] = [];
  return { errors, unhandled, onError: (error) => void errors.push(error) };
}

/** Lets what is rejected without anybody to care be noticed. */
async function turns(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await new Promise(setImmediate);
}

async function connect2(server: AppServer): Promise<ClientHttp2Session> {
  const session = connectHttp2(server.url);
  session.on('error', () => {});
  onTestFinished(() => session.destroy());
  await once(session, 'connect');
  return session;
}

interface Answer2 {
  readonly status: number | undefined;
  readonly text: string;
  readonly isWhole: boolean;
}

const ask2 = (session: ClientHttp2Session, path: string): Promise<Answer2> =>
  answerOf2(session.request({ ':path': path }));

async function answerOf2(stream: ClientHttp2Stream): Promise<Answer2> {
  let status: number | undefined;
  let text = '';
  stream.on('response', (headers) => (status = headers[':status']));
  stream.on('data', (chunk: Buffer) => (text += chunk.toString()));
  stream.on('error', () => {});
  await new Promise<void>((resolve) => stream.once('close', resolve));
  return { status, text, isWhole: stream.rstCode === 0 };
}

/** Asks, and waits for the first bytes of the answer. */
async function begin2(
  session: ClientHttp2Session,
  path: string,
): Promise<readonly [string, Promise<Answer2>]> {
  const stream = session.request({ ':path': path });
  const answer = answerOf2(stream);
  const [chunk] = (await once(stream, 'data')) as [Buffer];
  return [chunk.toString(), answer];
}

describe('a failure', () => {
  const problemOf = async (app: App): Promise<Record<string, unknown>> => {
    const answer = await app.fetch(new Request('http://host/'));
    return { ...((await answer.json()) as object), http: answer.status };
  };

  test.each([
    ['an Error', new Error(SECRET)],
    ['text', SECRET],
    ['null', null],
    ['undefined', undefined],
    ['a number', 404],
    ['an object', { status: 404, message: SECRET }],
    [
      'an Error with a status of another library',
      Object.assign(new Error(SECRET), { status: 404 }),
    ],
    ['a frozen Error', Object.freeze(new Error(SECRET))],
    [
      'an Error that throws when it is looked at',
      new Proxy(new Error(SECRET), { get: boom, has: boom, getPrototypeOf: boom }),
    ],
    [
      'an Error whose message throws',
      Object.defineProperty(new HttpError(418), 'message', { get: boom }),
    ],
    ['an answer with a status that is none', new HttpError(99, 'x')],
    ['an answer with a header that is none', new HttpError(400, 'x', { headers: { A: 'b\r\nc' } })],
    ['an answer with members that are no JSON', new HttpError(400, 'x', { members: { big: 1n } })],
  ])('that is %s is a 500 that says nothing, and is told once', async (_, thrown) => {
    const { errors, unhandled, onError } = watch();
    const handlers = [
      () => {
        throw thrown;
      },
      () => Promise.reject(thrown as Error),
    ];
    for (const handler of handlers) {
      const problem = await problemOf(createApp({ onError }).get('/', handler));
      expect(problem).toMatchObject({ http: 500, status: 500, code: 'INTERNAL_ERROR' });
      expect(problem['requestId']).toEqual(expect.any(String));
      expect(JSON.stringify(problem)).not.toContain('hunter2');
    }
    await turns();
    expect(errors.length).toBe(2);
    expect(errors.every((error) => Object.is(error, thrown))).toBe(true);
    expect(unhandled).toEqual([]);
  });

  test('for which the client is to blame is its status, and nobody is told', async () => {
    const { errors, onError } = watch();
    for (const status of [400, 401, 404, 409, 418, 429, 499]) {
      const app = createApp({ onError }).get('/', () => {
        throw new HttpError(status, 'Because');
      });
      expect(await problemOf(app)).toMatchObject({ http: status, detail: 'Because' });
    }
    const bad = createApp({ onError }).post('/', (ctx) => ctx.body.json());
    for (const path of ['/', '/nothing', '/%00']) {
      await bad.fetch(new Request(`http://host${path}`, { method: 'POST', body: '{' }));
      await bad.fetch(new Request(`http://host${path}`, { method: 'PUT', body: '{' }));
    }
    expect(errors).toEqual([]);
    const own = createApp({ onError }).get('/', () => {
      throw new HttpError(503, 'Later', { headers: { 'Retry-After': '5' } });
    });
    const answer = await own.fetch(new Request('http://host/'));
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '5']);
    expect(errors).toMatchObject([{ status: 503 }]);
  });

  test('leaves the headers that middleware has set, cookies too, and none that told of another body', async () => {
    const app = createApp()
      .use((ctx, next) => {
        ctx.response.headers.set('X-Mine', '1');
        ctx.response.headers.append('Set-Cookie', 'a=1');
        ctx.response.headers.append('Set-Cookie', 'b=2');
        ctx.response.headers.set('Vary', 'Origin');
        return next();
      })
      .get('/', (ctx) => {
        const { headers } = ctx.response;
        ctx.response.status = 206;
        ctx.response.body = 'half';
        for (const [name, value] of [
          ['Content-Type', 'image/png'],
          ['Content-Length', '4'],
          ['Content-Encoding', 'gzip'],
          ['Content-Range', 'bytes 0-3/8'],
          ['Content-Disposition', 'attachment'],
          ['Content-Language', 'de'],
          ['ETag', '"1"'],
          ['Last-Modified', 'Thu, 01 Jan 1970 00:00:00 GMT'],
          ['Cache-Control', 'public, max-age=3600'],
        ] as const) {
          headers.set(name, value);
        }
        throw new HttpError(409);
      });
    await using server = await app.serve();
    const client = await connectRaw(server.port);
    const { status, headers, text } = await client.send(get('/')).answer();
    expect(status).toBe(409);
    expect(Object.keys(headers).toSorted()).toEqual([
      'cache-control',
      'connection',
      'content-length',
      'content-type',
      'date',
      'keep-alive',
      'set-cookie',
      'vary',
      'x-mine',
    ]);
    expect(headers).toMatchObject({
      'cache-control': 'no-store',
      'content-type': 'application/problem+json',
      'content-length': String(text.length),
      'set-cookie': 'a=1\nb=2',
      vary: 'Origin',
    });
  });

  test('stops the body that it takes the place of', async () => {
    let stopped = 0;
    const app = createApp().get('/', (ctx) => {
      ctx.response.body = new ReadableStream({ cancel: () => void stopped++ });
      throw new HttpError(400);
    });
    expect((await app.fetch(new Request('http://host/'))).status).toBe(400);
    expect(stopped).toBe(1);
  });

  test.each([
    ['throws', boom],
    ['throws later', later],
  ])('is an answer, whatever whoever is told of it does: he %s', async (_, onError) => {
    const { unhandled } = watch();
    const app = createApp({ onError: onError as () => void }).get('/', boom);
    expect(await problemOf(app)).toMatchObject({ http: 500, code: 'INTERNAL_ERROR' });
    await turns();
    expect(unhandled).toEqual([]);
  });

  test('to tell what an unexpected one is, is one as well', async () => {
    const { errors, unhandled, onError } = watch();
    const app = createApp({ onError, problems: { unexpected: boom } }).get('/', later);
    expect(await problemOf(app)).toMatchObject({ http: 500, code: 'INTERNAL_ERROR' });
    await turns();
    expect([errors.length, unhandled.length]).toEqual([1, 0]);
  });
});

describe('a middleware', () => {
  const wrong: readonly (readonly [string, unknown])[] = [
    ['gives nothing back', async (_: unknown, next: () => Promise<unknown>) => void (await next())],
    ['answers nothing', async () => undefined],
    ['answers with text', async () => 'text'],
    ['answers with text at once', () => 'text'],
    ['answers with null', async () => null],
    ['answers with an object', async () => ({ status: 200 })],
    [
      'does not wait for the rest',
      (_: unknown, next: () => unknown) => (next(), new HttpResponse()),
    ],
    [
      'runs the rest twice',
      async (_: unknown, next: () => Promise<unknown>) => (await next(), next()),
    ],
  ];

  test.each(wrong)('that %s is a 500, and is told', async (_, middleware) => {
    const { errors, unhandled, onError } = watch();
    const app = createApp({ onError })
      .use(middleware as HttpMiddleware)
      .get('/', async () => {
        await null;
        return 'x';
      });
    await using server = await app.serve();
    const client = await connectRaw(server.port);
    expect((await client.send(get('/')).answer()).status).toBe(500);
    await turns();
    expect([errors.length, unhandled.length]).toEqual([1, 0]);
  });
});

/** What throws, where it does so, and what the client gets. */
interface Fault {
  readonly app: (options: FailureOptions) => App;
  /** None: the answer is cut. */
  readonly status: number | undefined;
  /** How often `onError` is told. @default 0 */
  readonly told?: number;
  /** What becomes of an answer of the web, if it is something else. */
  readonly web?: 'whole';
  readonly serve?: ServeOptions;
}

/** An answer of the web as another library has it. */
class OtherResponse {
  readonly [Symbol.toStringTag] = 'Response';
  readonly status = 200;
  readonly body = null;
  readonly headers: readonly [string, string][];

  constructor(headers: readonly [string, string][]) {
    this.headers = headers;
  }
}

const through = (middleware: HttpMiddleware, options: FailureOptions): App =>
  createApp(options)
    .use(middleware)
    .get('/', () => 'fine') as App;
const answering = (handler: () => unknown, options: FailureOptions): App =>
  createApp(options).get('/', handler as () => object) as App;
const bytes = new TextEncoder().encode('some');

const FAULTS: Readonly<Record<string, Fault>> = {
  'a handler': { app: (o) => answering(boom, o), status: 500, told: 1 },
  'a handler, later': { app: (o) => answering(later, o), status: 500, told: 1 },
  'a middleware before the rest': { app: (o) => through(boom, o), status: 500, told: 1 },
  'a middleware before the rest, later': { app: (o) => through(later, o), status: 500, told: 1 },
  'a middleware after the rest': {
    app: (o) => through((_, next) => (next(), boom()), o),
    status: 500,
    told: 1,
  },
  'a middleware after the rest, later': {
    app: (o) => through(async (_, next) => (await next(), boom()), o),
    status: 500,
    told: 1,
  },
  'a listener to the end': {
    app: (o) => through((ctx, next) => (ctx.onSettled(boom), next()), o),
    status: 200,
  },
  'a listener to the end, later': {
    app: (o) =>
      through((ctx, next) => (ctx.onSettled(() => void later().catch(() => {})), next()), o),
    status: 200,
  },
  'a listener to the client': {
    app: (o) => through((ctx, next) => (ctx.onClientLeft(boom), next()), o),
    status: 200,
  },
  'the callback for requests': {
    app: (o) => through(httpEvents({ callbackOnRequest: boom, onFailure: () => {} }), o),
    status: 200,
  },
  'the callback for requests, later': {
    app: (o) => through(httpEvents({ callbackOnRequest: later, onFailure: () => {} }), o),
    status: 200,
  },
  'the callback for answers': {
    app: (o) => through(httpEvents({ callbackOnResponse: boom, onFailure: () => {} }), o),
    status: 200,
  },
  'the callback for answers, later, and whoever is told of that': {
    app: (o) => through(httpEvents({ callbackOnResponse: later, onFailure: boom }), o),
    status: 200,
  },
  'the maker of ids': {
    app: (o) => through(httpEvents({ newId: boom, onFailure: () => {} }), o),
    status: 200,
  },
  'the tracer': {
    app: (o) => {
      const recorded = httpEvents({ onFailure: () => {} });
      recorded.events.enableRequestTracing({ start: () => boom });
      return through(recorded, o);
    },
    status: 200,
  },
  'a background task': {
    app: (o) => {
      const recorded = httpEvents({ onFailure: () => {} });
      recorded.events.addBackgroundTask(boom).addBackgroundTask(later);
      return through(recorded, o);
    },
    status: 200,
  },
  'the logger': { app: (o) => through(accessLog({ write: boom }), o), status: 200 },
  'what the logger asks': {
    app: (o) =>
      through(accessLog({ format: 'json', write: () => {}, fields: boom, user: boom }), o),
    status: 200,
  },
  'the serialisation': {
    app: (o) => answering(() => ({ toJSON: boom }), o),
    status: 500,
    told: 1,
  },
  'a getter in the answer': {
    app: (o) =>
      answering(
        () => ({
          get a() {
            return boom();
          },
        }),
        o,
      ),
    status: 500,
    told: 1,
  },
  'the headers of an answer of another library': {
    app: (o) => answering(() => new OtherResponse([['a', 'b\n']]), o),
    status: 500,
    told: 1,
  },
  'the maker of the stream': {
    app: (o) => answering(() => ({ [Symbol.asyncIterator]: boom }), o),
    status: 500,
    told: 1,
  },
  'a stream before its first chunk': {
    app: (o) =>
      answering(async function* () {
        yield* [];
        boom();
      }, o),
    status: undefined,
    told: 1,
  },
  'a stream after its first chunk': {
    app: (o) =>
      answering(async function* () {
        yield bytes;
        boom();
      }, o),
    status: undefined,
    told: 1,
  },
  'a stream of the web': {
    app: (o) =>
      answering(() => {
        let pulls = 0;
        return new ReadableStream({
          pull: (controller) => (pulls++ ? boom() : controller.enqueue(bytes)),
        });
      }, o),
    status: undefined,
    told: 1,
  },
  'a stream that gives what cannot be sent': {
    app: (o) =>
      answering(async function* () {
        yield bytes;
        yield { secret: SECRET };
      }, o),
    status: undefined,
    told: 1,
  },
  'an iterator at once, when it is asked, and when it is told to stop': {
    app: (o) =>
      answering(() => ({ [Symbol.asyncIterator]: () => ({ next: boom, return: boom }) }), o),
    status: undefined,
    told: 1,
  },
  'an iterator that gives no result': {
    app: (o) => answering(() => ({ [Symbol.asyncIterator]: () => ({ next: () => undefined }) }), o),
    status: undefined,
    told: 1,
  },
  'a stream that has less than it promised': {
    app: (o) =>
      createApp(o).get('/', (ctx) => {
        ctx.response.headers.set('Content-Length', '10');
        return new Response(bytes).body;
      }) as App,
    status: undefined,
    told: 1,
    // Whoever takes an answer of the web counts for himself.
    web: 'whole',
  },
  'whoever is told, and the observer of the server': {
    app: () =>
      createApp({ onError: boom })
        .use((ctx, next) => (ctx.onSettled(boom), next()))
        .get('/', boom) as App,
    status: 500,
    serve: { onError: boom },
  },
};

describe('whatever throws', () => {
  /** The faulty route, and one that is under way meanwhile and must not notice. */
  const withHonest = (fault: App): App => {
    let release = (): void => {};
    const app = createApp()
      .get('/slow', async function* () {
        const released = new Promise<void>((resolve) => (release = resolve));
        yield bytes;
        await released;
        yield bytes;
      })
      .get('/release', () => (release(), 'released'));
    return { ...app, handle: pick(app, fault) } as unknown as App;
  };
  const pick =
    (honest: App, fault: App): App['handle'] =>
    (exchange) =>
      (exchange.target === '/' ? fault : honest).handle(exchange);

  test.each(Object.entries(FAULTS))(
    '%s: the request gets its answer, over both versions of HTTP, and others theirs',
    async (_, { app, status, told = 0, serve = {} }) => {
      const { errors, unhandled, onError } = watch();
      const { startServer } = await import('../app-server.ts');
      const both = withHonest(app({ onError }));
      await using server = await startServer(both.handle, { h2c: true, ...serve });

      const [faulty, slow, other] = [
        await connectRaw(server.port),
        await connectRaw(server.port),
        await connectRaw(server.port),
      ];
      await slow.send(get('/slow')).until('some');
      if (status === undefined) {
        expect(await faulty.send(get('/')).closed()).not.toMatch(/\r\n0\r\n\r\n$/);
      } else expect((await faulty.send(get('/')).answer()).status).toBe(status);
      await other.send(get('/release')).answer();
      expect((await slow.answer()).text).toBe('somesome');

      const session = await connect2(server);
      const [begun, slow2] = await begin2(session, '/slow');
      expect(begun).toBe('some');
      const got = await ask2(session, '/');
      if (status === undefined) expect(got.isWhole).toBe(false);
      else expect([got.status, got.isWhole]).toEqual([status, true]);
      expect(got.text).not.toContain('hunter2');
      await ask2(session, '/release');
      expect(await slow2).toEqual({ status: 200, text: 'somesome', isWhole: true });

      await turns();
      expect([errors.length, unhandled]).toEqual([told * 2, []]);
      expect(server.server.stats().inFlight).toBe(0);
    },
  );

  test.each(Object.entries(FAULTS))('%s: an answer of the web is the same', async (name, fault) => {
    const { errors, unhandled, onError } = watch();
    const answer = await fault.app({ onError }).fetch(new Request('http://host/'));
    const read = await answer.text().then(
      () => 'whole',
      () => 'broken',
    );
    await turns();
    if (fault.web) return expect(read).toBe(fault.web);
    if (fault.status === undefined) expect(read).toBe('broken');
    else expect([answer.status, read]).toEqual([fault.status, 'whole']);
    expect([name, errors.length, unhandled]).toEqual([name, fault.told ?? 0, []]);
  });
});

describe('what is thrown', () => {
  const ask = async (app: App, request: RequestInit = {}): Promise<Response> =>
    app.fetch(new Request('http://host/', request));
  const throwing = (error: unknown, options: FailureOptions = {}): App =>
    createApp(options).get('/', () => {
      throw error;
    }) as App;

  test.each([
    ['an error without a code', new Error(SECRET), 500, 'INTERNAL_ERROR'],
    ['one for an input', new ValidationError('bad'), 422, 'VALIDATION'],
    ['one for somebody unknown', new UnauthenticatedError(), 401, 'UNAUTHENTICATED'],
    ['one for somebody who may not', new ForbiddenError(), 403, 'FORBIDDEN'],
    ['one of an answer', new HttpError(409), 409, 'CONFLICT'],
  ])('P-02 is %s, and has its status', async (_, error, status, code) => {
    const answer = await ask(throwing(error), { headers: { accept: 'application/json' } });
    expect(answer.status).toBe(status);
    expect(answer.headers.get('content-type')).toBe('application/problem+json');
    const problem = (await answer.json()) as Record<string, unknown>;
    expect(problem).toMatchObject({ status, code, requestId: expect.any(String) });
    expect(JSON.stringify(problem)).not.toMatch(/hunter2|respond\.test/);
  });

  test('P-02 is shown in the form that the client prefers, and with more where that is wanted', async () => {
    const html = await ask(throwing(new Error(SECRET)), { headers: { accept: 'text/html' } });
    expect(html.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(await html.text()).not.toContain('hunter2');
    const shown = throwing(new Error('what happened'), { problems: { showMessages: true } });
    expect(await (await ask(shown)).json()).toMatchObject({ detail: 'what happened' });
  });

  test('P-02 by a policy has its status: time is up, too many, an open breaker with the time to wait', async () => {
    const clock = fakeClock();
    const slow = createApp()
      .use(timeout({ timeoutMs: 5, clock }) as HttpMiddleware)
      .get('/', () => new Promise<string>(() => {})) as App;
    const waiting = ask(slow);
    await clock.advance(5);
    expect((await waiting).status).toBe(504);

    const broken = createApp()
      .use(
        circuitBreaker({
          trip: { kind: 'consecutive', failures: 2 },
          openMs: 7000,
          clock,
        }) as HttpMiddleware,
      )
      .get('/', boom) as App;
    const statuses = [await ask(broken), await ask(broken), await ask(broken)];
    expect(statuses.map(({ status }) => status)).toEqual([500, 500, 503]);
    expect(statuses[2]?.headers.get('retry-after')).toBe('7');
    expect(await statuses[2]?.json()).toMatchObject({ code: 'CIRCUIT_OPEN' });
  });

  test('P-02 is refused before it comes so far: no such path, method or size', async () => {
    const app = createApp().post('/', (ctx) => ctx.body.text({ maxBytes: 1 })) as App;
    const wrong = await ask(app);
    expect([wrong.status, wrong.headers.get('allow')]).toEqual([405, 'POST']);
    expect((await ask(app, { method: 'POST', body: 'too much' })).status).toBe(413);
    expect((await app.fetch(new Request('http://host/nothing'))).status).toBe(404);
  });
});

describe('what fails when the answer has begun', () => {
  test('P-03 ends the stream in place of a second head, and is told', async () => {
    const { errors, onError } = watch();
    const app = createApp({ onError }).get('/', async function* () {
      yield bytes;
      boom();
    });
    await using server = await app.serve();
    const text = await exchangeRaw(server.port, get('/') + get('/'));
    expect(text.match(/HTTP\/1\.1/g)).toHaveLength(1);
    expect(text).toMatch(/\r\n4\r\nsome\r\n$/);
    expect(errors).toMatchObject([{ message: SECRET }]);
  });
});

describe('the source of an answer', () => {
  test.each([
    ['what it gave cannot be sent', (): unknown => ({})],
    ['it gives more than it promised', () => new Uint8Array(20)],
  ])('is told to stop when %s', async (_, chunk) => {
    let ended = 0;
    async function* source(): AsyncGenerator<Uint8Array> {
      try {
        for (;;) yield chunk() as Uint8Array;
      } finally {
        ended++;
      }
    }
    const app = createApp().get('/', (ctx) => {
      ctx.response.headers.set('Content-Length', '10');
      return source();
    });
    await using server = await app.serve();
    await exchangeRaw(server.port, get('/'));
    expect(ended).toBe(1);
  });
});

describe('an answer that cannot be sent', () => {
  /** Puts a line break where the list of headers cannot see it. */
  const smuggle = ({ response }: HttpContext): void => {
    response.headers.set('X-Bad', '1');
    (response.headers.toRaw() as string[])[1] = 'a\r\nSet-Cookie: evil=1';
  };

  test('is replaced by one that can, and the mistake is told', async () => {
    const { errors, onError } = watch();
    const app = createApp({ onError })
      .get('/whole', (ctx) => (smuggle(ctx), 'x'))
      .get('/stream', (ctx) => (smuggle(ctx), new ReadableStream()));
    await using server = await app.serve();
    const client = await connectRaw(server.port);
    for (const path of ['/whole', '/stream']) {
      const { status, headers }: RawAnswer = await client.send(get(path)).answer();
      expect([status, headers['set-cookie'], headers['x-bad']]).toEqual([
        500,
        undefined,
        undefined,
      ]);
    }
    expect(errors).toMatchObject([{ code: 'INVALID_HEADER' }, { code: 'INVALID_HEADER' }]);
  });
});

test('a body that is not asked for does not stand in the way of the next request', async () => {
  const app = createApp().post('/', () => {
    throw new HttpError(403);
  });
  await using server = await app.serve();
  const client = await connectRaw(server.port);
  client.send(post('/', 'unread') + get('/'));
  expect([(await client.answer()).status, (await client.answer()).status]).toEqual([403, 405]);
});
