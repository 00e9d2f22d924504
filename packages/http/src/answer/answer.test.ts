/** Tests of what handlers may answer, over a connection and as an answer of the web. */
import { runInNewContext } from 'node:vm';
import { describe, expect, test } from 'vitest';
import { connectRaw, get, type RawAnswer } from '../../test-kit/raw-client.ts';
import { answerWith } from './answer.ts';
import { createApp } from '../app.ts';
import type { HttpContext } from '../context/context.ts';
import { HttpResponse } from '../context/response.ts';

interface Given {
  readonly status: number;
  readonly type: string | null;
  readonly text: string;
}

type Handler = (ctx: HttpContext) => unknown;

async function byConnection(handler: Handler): Promise<RawAnswer> {
  await using server = await createApp()
    .get('/', handler as () => object)
    .serve();
  const client = await connectRaw(server.port);
  return await client.send(get('/')).answer();
}

async function byFetch(handler: Handler): Promise<Response> {
  return createApp()
    .get('/', handler as () => object)
    .fetch(new Request('http://host/'));
}

/** The answer by both ways, which have to agree. */
async function given(handler: Handler): Promise<Given> {
  const [raw, web] = [await byConnection(handler), await byFetch(handler)];
  const one = { status: raw.status, type: raw.headers['content-type'] ?? null, text: raw.text };
  const other = {
    status: web.status,
    type: web.headers.get('content-type'),
    text: await web.text(),
  };
  // An id is not the same twice.
  const withoutId = ({ text, ...rest }: Given) => ({
    ...rest,
    text: text.replace(/"requestId":"[^"]*"/, ''),
  });
  expect(withoutId(other)).toEqual(withoutId(one));
  return one;
}

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

async function* chunks(...texts: string[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) yield bytes(text);
}

const streamOf = (...texts: string[]): ReadableStream<Uint8Array> =>
  new ReadableStream({
    start(controller) {
      for (const text of texts) controller.enqueue(bytes(text));
      controller.close();
    },
  });

/** An answer of the web as another library has it. */
class OtherResponse {
  readonly [Symbol.toStringTag] = 'Response';
  readonly status = 203;
  readonly headers = new Headers({ 'Content-Type': 'text/y' });
  readonly body = streamOf('other');
  readonly bodyUsed = false;
}

describe('an answer', () => {
  const TEXT = 'text/plain; charset=utf-8';
  const JSON_TYPE = 'application/json';
  const BYTES = 'application/octet-stream';
  const cases: readonly (readonly [string, Handler, number, string | null, string])[] = [
    ['text', () => 'tëxt', 200, TEXT, 'tëxt'],
    ['no text', () => '', 200, TEXT, ''],
    ['a number', () => 4.5, 200, JSON_TYPE, '4.5'],
    ['what is no number', () => Number.NaN, 200, JSON_TYPE, 'null'],
    ['true', () => true, 200, JSON_TYPE, 'true'],
    ['false', () => false, 200, JSON_TYPE, 'false'],
    ['zero', () => 0, 200, JSON_TYPE, '0'],
    ['an object', () => ({ a: [1, null] }), 200, JSON_TYPE, '{"a":[1,null]}'],
    ['an object without a prototype', () => Object.create(null), 200, JSON_TYPE, '{}'],
    ['an array', () => [1, 'b'], 200, JSON_TYPE, '[1,"b"]'],
    ['a date', () => new Date(0), 200, JSON_TYPE, '"1970-01-01T00:00:00.000Z"'],
    ['nothing', () => null, 204, null, ''],
    ['bytes', () => bytes('ab'), 200, BYTES, 'ab'],
    ['a part of a buffer', () => Buffer.from('xabx').subarray(1, 3), 200, BYTES, 'ab'],
    ['a buffer of the platform', () => bytes('ab').buffer, 200, BYTES, 'ab'],
    ['a view', () => new DataView(bytes('xab').buffer, 1), 200, BYTES, 'ab'],
    ['bytes of another realm', () => runInNewContext('new Uint8Array([97, 98])'), 200, BYTES, 'ab'],
    ['a stream', () => streamOf('a', '', 'b'), 200, null, 'ab'],
    ['an empty stream', () => streamOf(), 200, null, ''],
    ['an async iterable', () => chunks('a', '', 'b'), 200, null, 'ab'],
    ['a promise', () => Promise.resolve('later'), 200, TEXT, 'later'],
    ['a promise of nothing', async () => null, 204, null, ''],
    [
      'an answer of the web',
      () => new Response('web', { status: 201, headers: { 'Content-Type': 'text/x' } }),
      201,
      'text/x',
      'web',
    ],
    ['one without a body', () => new Response(null, { status: 202 }), 202, null, ''],
    ['one of another library', () => new OtherResponse(), 203, 'text/y', 'other'],
    [
      'one that was made beside that of the request',
      () => {
        const made = new HttpResponse();
        made.status = 418;
        made.headers.set('Content-Type', 'text/z');
        made.body = 'teapot';
        return made;
      },
      418,
      'text/z',
      'teapot',
    ],
    [
      'that of the request',
      (ctx) => {
        ctx.response.status = 201;
        ctx.response.body = 'own';
        return ctx.response;
      },
      201,
      TEXT,
      'own',
    ],
    [
      'that of the request, by saying nothing',
      (ctx) => {
        ctx.response.body = 'own';
      },
      200,
      TEXT,
      'own',
    ],
    [
      'a status alone',
      (ctx) => {
        ctx.response.status = 201;
      },
      201,
      null,
      '',
    ],
    [
      'nothing with a status of its own',
      (ctx) => {
        ctx.response.status = 200;
        return null;
      },
      200,
      null,
      '',
    ],
    [
      'text with a type of its own',
      (ctx) => {
        ctx.response.headers.set('Content-Type', 'text/html');
        return '<p>';
      },
      200,
      'text/html',
      '<p>',
    ],
    [
      'a 205, which has no body',
      (ctx) => {
        ctx.response.status = 205;
        return chunks('x');
      },
      205,
      null,
      '',
    ],
  ];

  test.each(cases)('can be %s', async (_, handler, status, type, text) => {
    expect(await given(handler)).toEqual({ status, type, text });
  });

  const circle: Record<string, unknown> = {};
  circle['self'] = circle;
  const wrong: readonly (readonly [string, Handler])[] = [
    ['undefined', () => undefined],
    ['a function', () => () => 'x'],
    ['a symbol', () => Symbol('x')],
    ['a bigint', () => 1n],
    ['a circle', () => circle],
    ['what says that it is undefined', () => ({ toJSON: () => undefined })],
    [
      'what throws when it is looked at',
      () =>
        new Proxy(
          {},
          {
            get: () => {
              throw new Error('secret');
            },
          },
        ),
    ],
    [
      'what throws when it is shown',
      () => ({
        get a() {
          throw new Error('secret');
        },
      }),
    ],
    ['a promise in the answer of a promise', () => ({ then: 5, toJSON: () => 1n })],
    [
      'a stream that somebody reads',
      () => {
        const stream = streamOf('x');
        stream.getReader();
        return stream;
      },
    ],
    [
      'an answer of the web that has been read',
      async () => {
        const made = new Response('x');
        await made.text();
        return made;
      },
    ],
    ['an answer of the web that is an error', () => Response.error()],
    [
      'an iterable that cannot be iterated',
      () => ({
        [Symbol.asyncIterator]() {
          throw new Error('secret');
        },
      }),
    ],
    [
      'a status that is none',
      (ctx) => {
        ctx.response.status = 99;
        return 'x';
      },
    ],
    [
      'the body of the request, which has been read',
      async (ctx) => {
        await ctx.body.bytes();
        ctx.response.body = ctx.requestBody ?? { [Symbol.asyncIterator]: undefined as never };
      },
    ],
  ];

  test.each(wrong)('that is %s is a 500 that says nothing', async (_, handler) => {
    const { status, text } = await given(handler);
    expect(status).toBe(500);
    expect(JSON.parse(text)).toMatchObject({ status: 500, code: 'INTERNAL_ERROR' });
    expect(text).not.toContain('secret');
  });

  test('without one names the route that has none', async () => {
    const told: string[] = [];
    await createApp({ onError: (error) => told.push(String(error)) })
      .get('/x', () => undefined)
      .fetch(new Request('http://host/x'));
    expect(told).toEqual([
      'TypeError: The handler of GET /x answered nothing; return a value, or null for an empty answer',
    ]);
  });

  test('can be given again and again', async () => {
    const shared = new HttpResponse();
    shared.headers.set('X-A', '1');
    shared.body = 'same';
    const app = createApp().get('/', () => shared);
    for (let time = 0; time < 3; time++) {
      const answer = await app.fetch(new Request('http://host/'));
      expect([answer.headers.get('x-a'), await answer.text()]).toEqual(['1', 'same']);
    }
  });
});

describe('the headers of an answer that was made elsewhere', () => {
  const before = (answer: Handler) =>
    createApp()
      .use((ctx, next) => {
        const { headers } = ctx.response;
        headers.set('X-Mine', 'middleware');
        headers.set('X-Theirs', 'middleware');
        headers.append('Set-Cookie', 'session=1');
        headers.append('Vary', 'Origin');
        return next();
      })
      .get('/', answer as () => object)
      .fetch(new Request('http://host/'));
  const fields: [string, string][] = [
    ['X-Theirs', 'handler'],
    ['Set-Cookie', 'a=1'],
    ['Set-Cookie', 'b=2'],
    ['Vary', 'Accept, origin'],
  ];

  test.each([
    ['of the web', () => new Response('x', { headers: fields })],
    [
      'beside that of the request',
      () => {
        const made = new HttpResponse();
        for (const [name, value] of fields) made.headers.append(name, value);
        return made;
      },
    ],
  ])(
    '%s replace those of the same name; cookies come beside each other, and Vary grows',
    async (_, make) => {
      const { headers } = await before(make);
      expect(headers.get('x-mine')).toBe('middleware');
      expect(headers.get('x-theirs')).toBe('handler');
      expect(headers.getSetCookie()).toEqual(['session=1', 'a=1', 'b=2']);
      expect(headers.get('vary')).toBe('Origin, Accept');
    },
  );

  test('do not bring a cookie twice', async () => {
    const { headers } = await before(
      () => new Response('x', { headers: { 'Set-Cookie': 'session=1' } }),
    );
    expect(headers.getSetCookie()).toEqual(['session=1']);
  });

  test('stay apart from those of other requests', async () => {
    const shared = new HttpResponse();
    shared.headers.set('X-A', '1');
    const app = createApp().get('/', (ctx) => {
      const response = answerWith(ctx, shared);
      response.headers.append('X-Once', String(response.headers.getAll('x-once').length));
      return response;
    });
    for (let time = 0; time < 2; time++) {
      const { headers } = await app.fetch(new Request('http://host/'));
      expect(headers.get('x-once')).toBe('0');
    }
  });
});
