/** Tests of conditionalRequests. */
import { describe, expect, test } from 'vitest';
import { createApp } from '../app.ts';
import { HttpError } from '../errors.ts';
import { HttpResponse } from '../context/response.ts';
import { compress } from './compress.ts';
import { conditionalRequests, type ConditionalRequestsOptions } from './conditional-requests.ts';

const DATE = 'Sun, 06 Nov 1994 08:49:37 GMT';
const LATER = 'Sun, 06 Nov 1994 08:49:38 GMT';
const EARLIER = 'Sun, 06 Nov 1994 08:49:36 GMT';

const ask = (headers: Record<string, string> = {}, method = 'GET'): Request =>
  new Request('http://host/', { method, headers });

const appOf = (answer: () => unknown, options?: ConditionalRequestsOptions) =>
  createApp()
    .use(conditionalRequests(options))
    .get('/', () => answer() as string);

/** An answer that is there as a whole, which one of the web is not. */
function whole(body: string, headers: Record<string, string>, status = 200): HttpResponse {
  const response = new HttpResponse();
  response.status = status;
  for (const [name, value] of Object.entries(headers)) response.headers.set(name, value);
  response.body = body;
  return response;
}

const web = (headers: Record<string, string>, status = 200) =>
  appOf(() => whole('hello', headers, status));

describe('a tag', () => {
  test('is made of every byte of a whole answer, the same for the same', async () => {
    const tagOf = async (body: unknown): Promise<string | null> =>
      (await appOf(() => body).fetch(ask())).headers.get('etag');
    expect(await tagOf('hello')).toMatch(/^"[\w-]{22}"$/);
    expect(await tagOf('hello')).toBe(await tagOf(new TextEncoder().encode('hello')));
    expect(await tagOf('hello')).not.toBe(await tagOf('hellp'));
    expect(await tagOf({ a: 1 })).toMatch(/^"[\w-]{22}"$/);
  });

  test('can be weak, or none', async () => {
    const weak = await appOf(() => 'hello', { etag: 'weak' }).fetch(ask());
    expect(weak.headers.get('etag')).toMatch(/^W\/"[\w-]{22}"$/);
    const none = await appOf(() => 'hello', { etag: false }).fetch(ask());
    expect(none.headers.get('etag')).toBeNull();
  });

  test.each<[string, () => unknown, ConditionalRequestsOptions?]>([
    ['has one', () => whole('x', { etag: '"own"' })],
    ['is no 200', () => whole('x', {}, 201)],
    ['is a stream', () => new Blob(['x']).stream()],
    ['is not kept', () => whole('x', { 'cache-control': 'private, No-Store' })],
    ['is too large', () => 'xx', { maxBytes: 1 }],
  ])('is not made for an answer that %s', async (name, answer, options) => {
    const { headers } = await appOf(answer, options).fetch(ask());
    expect(headers.get('etag')).toBe(name === 'has one' ? '"own"' : null);
  });

  test('is not made for what was posted or failed', async () => {
    const app = createApp()
      .use(conditionalRequests())
      .post('/', () => 'made')
      .get('/', () => {
        throw new HttpError(404);
      });
    expect((await app.fetch(ask({}, 'POST'))).headers.get('etag')).toBeNull();
    const failed = await app.fetch(ask({ 'if-none-match': '*' }));
    expect([failed.status, failed.headers.get('etag')]).toEqual([404, null]);
  });

  test('is the same for HEAD', async () => {
    const app = appOf(() => 'hello');
    const [get, head] = [await app.fetch(ask()), await app.fetch(ask({}, 'HEAD'))];
    expect(head.headers.get('etag')).toBe(get.headers.get('etag'));
  });
});

describe('a request that reads', () => {
  test.each<[string, Record<string, string>, number]>([
    ['the same tag', { 'if-none-match': '"a"' }, 304],
    ['the same tag, weakly', { 'if-none-match': 'W/"a"' }, 304],
    ['the tag among others', { 'if-none-match': '"b", W/"c", "a"' }, 304],
    ['any tag', { 'if-none-match': '*' }, 304],
    ['another tag', { 'if-none-match': '"b"' }, 200],
    [
      'another tag, and a date that does not count then',
      { 'if-none-match': '"b"', 'if-modified-since': LATER },
      200,
    ],
    ['the same date', { 'if-modified-since': DATE }, 304],
    ['a later date', { 'if-modified-since': LATER }, 304],
    ['an earlier date', { 'if-modified-since': EARLIER }, 200],
    ['no date', { 'if-modified-since': 'yesterday' }, 200],
    ['the tag it wants', { 'if-match': '"a"' }, 200],
    ['another tag than it wants', { 'if-match': '"b"' }, 412],
    ['the tag it wants, weakly', { 'if-match': 'W/"a"' }, 412],
    ['the date it wants', { 'if-unmodified-since': DATE }, 200],
    ['an earlier date than it wants', { 'if-unmodified-since': EARLIER }, 412],
    ['both, of which the tag counts', { 'if-match': '"a"', 'if-unmodified-since': EARLIER }, 200],
  ])('and knows %s', async (_, headers, status) => {
    const app = web({ etag: '"a"', 'last-modified': DATE });
    for (const method of ['GET', 'HEAD']) {
      const answer = await app.fetch(ask(headers, method));
      expect(answer.status).toBe(status);
      if (status === 304) expect(await answer.text()).toBe('');
    }
  });

  test('a 304 keeps what a cache needs, and nothing of the content', async () => {
    const kept = {
      'cache-control': 'max-age=60',
      'content-location': '/a',
      'content-security-policy': "default-src 'self'",
      date: DATE,
      etag: '"a"',
      expires: LATER,
      'set-cookie': 'a=b',
      vary: 'Origin',
    };
    const app = web({
      ...kept,
      'content-type': 'text/plain',
      'content-length': '5',
      'content-language': 'en',
      'content-encoding': 'identity',
      'last-modified': DATE,
    });
    const answer = await app.fetch(ask({ 'if-none-match': '"a"' }));
    expect(Object.fromEntries(answer.headers)).toEqual(kept);
    const untagged = await appOf(() => whole('x', { 'last-modified': DATE }), {
      etag: false,
    }).fetch(ask({ 'if-modified-since': DATE }));
    expect([untagged.status, untagged.headers.get('last-modified')]).toEqual([304, DATE]);
  });

  test('is not judged unless the answer is a 200', async () => {
    const app = web({ etag: '"a"' }, 203);
    expect((await app.fetch(ask({ 'if-none-match': '"a"' }))).status).toBe(203);
  });

  test('a stream that nobody needs is told to stop', async () => {
    let cancelled = false;
    const app = appOf(() => {
      const body = new ReadableStream({ cancel: () => void (cancelled = true) });
      return new Response(body, { headers: { etag: '"a"' } });
    });
    expect((await app.fetch(ask({ 'if-none-match': '"a"' }))).status).toBe(304);
    expect(cancelled).toBe(true);
  });

  test('goes round by the tag that was made, packed on the way or not', async () => {
    const app = createApp()
      .use(compress())
      .use(conditionalRequests())
      .get('/', () => 'hello '.repeat(1000));
    const first = await app.fetch(ask({ 'accept-encoding': 'gzip' }));
    const etag = first.headers.get('etag') ?? '';
    expect(etag).toMatch(/^W\//);
    const again = await app.fetch(ask({ 'accept-encoding': 'gzip', 'if-none-match': etag }));
    expect([again.status, again.headers.get('etag'), again.headers.get('vary')]).toEqual([
      304,
      etag,
      'Accept-Encoding',
    ]);
  });
});

describe('a request that changes something', () => {
  const calls: string[] = [];
  const changing = (options: ConditionalRequestsOptions) => {
    calls.length = 0;
    return createApp()
      .use(conditionalRequests(options))
      .on(['PUT', 'PATCH', 'DELETE', 'POST'], '/', ({ method }) => {
        calls.push(method);
        return 'done';
      });
  };
  const known = { etag: '"a"', modifiedMs: Date.parse(DATE) };

  test.each<[string, Record<string, string>, number]>([
    ['of the state that it knows', { 'if-match': '"a"' }, 200],
    ['of any state', { 'if-match': '*' }, 200],
    ['of a state that is gone', { 'if-match': '"b"' }, 412],
    ['of a state that it knows weakly', { 'if-match': 'W/"a"' }, 412],
    ['of what it takes to be new', { 'if-none-match': '*' }, 412],
    ['unless it is in a state', { 'if-none-match': '"a"' }, 412],
    ['unless it is in another state', { 'if-none-match': '"b"' }, 200],
    ['since a date', { 'if-unmodified-since': DATE }, 200],
    ['since an earlier date', { 'if-unmodified-since': EARLIER }, 412],
    ['without conditions', {}, 200],
  ])('%s', async (_, headers, status) => {
    for (const current of [() => known, () => Promise.resolve(known)]) {
      for (const method of ['PUT', 'PATCH', 'DELETE', 'POST']) {
        const app = changing({ current });
        expect((await app.fetch(ask(headers, method))).status).toBe(status);
        expect(calls).toEqual(status === 200 ? [method] : []);
      }
    }
  });

  test('of what is not there fails if it wants a state, and passes if it wants none', async () => {
    const app = changing({ current: () => undefined });
    for (const condition of ['*', '"a"']) {
      expect((await app.fetch(ask({ 'if-match': condition }, 'PUT'))).status).toBe(412);
    }
    expect(calls).toEqual([]);
    expect((await app.fetch(ask({ 'if-none-match': '*' }, 'PUT'))).status).toBe(200);
  });

  test('asks for the state only where there is a condition', async () => {
    let asked = 0;
    const app = changing({ current: () => void asked++ });
    await app.fetch(ask({}, 'PUT'));
    expect(asked).toBe(0);
    await app.fetch(ask({ 'if-none-match': '*' }, 'PUT'));
    expect(asked).toBe(1);
  });

  test('is left to the handler where nobody knows the state', async () => {
    const app = changing({});
    expect((await app.fetch(ask({ 'if-match': '"b"' }, 'PUT'))).status).toBe(200);
  });

  test.each<[string, Record<string, string>, number]>([
    ['nothing', {}, 428],
    ['a tag', { 'if-match': '"a"' }, 200],
    ['a date', { 'if-unmodified-since': DATE }, 200],
    ['that it is new', { 'if-none-match': '*' }, 412],
    ['what it is not, which says nothing of what it is', { 'if-none-match': '"zzz"' }, 428],
    ['a date that is none', { 'if-unmodified-since': 'yesterday' }, 428],
  ])('and must say of which state it knows, says %s', async (_, headers, status) => {
    const app = changing({ current: () => known, required: true });
    const answer = await app.fetch(ask(headers, 'PUT'));
    expect(answer.status).toBe(status);
    expect(calls).toEqual(status === 200 ? ['PUT'] : []);
  });

  test('by POST need not say so, and a date says nothing of what has none', async () => {
    expect(
      (await changing({ current: () => known, required: true }).fetch(ask({}, 'POST'))).status,
    ).toBe(200);
    const undated = changing({ current: () => ({ etag: '"a"' }), required: true });
    expect((await undated.fetch(ask({ 'if-unmodified-since': DATE }, 'PUT'))).status).toBe(428);
    expect(calls).toEqual([]);
  });

  test('is not done if its state cannot be told', async () => {
    for (const current of [
      () => {
        throw new HttpError(404);
      },
      () => Promise.reject(new HttpError(404)),
    ]) {
      const app = changing({ current });
      expect((await app.fetch(ask({ 'if-match': '"a"' }, 'PUT'))).status).toBe(404);
      expect(calls).toEqual([]);
    }
  });
});

describe('a part', () => {
  const app = appOf(() => whole('0123456789', { etag: '"a"' }), { ranges: true });

  test.each<[string, Record<string, string>, number, string, string | null]>([
    ['bytes=2-4', {}, 206, '234', 'bytes 2-4/10'],
    ['bytes=-3', {}, 206, '789', 'bytes 7-9/10'],
    ['bytes=8-', {}, 206, '89', 'bytes 8-9/10'],
    ['bytes=8-99', {}, 206, '89', 'bytes 8-9/10'],
    ['bytes=0-1,4-5', {}, 200, '0123456789', null],
    ['lines=1-2', {}, 200, '0123456789', null],
    ['bytes=2-4', { 'if-range': '"a"' }, 206, '234', 'bytes 2-4/10'],
    ['bytes=2-4', { 'if-range': '"b"' }, 200, '0123456789', null],
    ['bytes=2-4', { 'if-none-match': '"a"' }, 304, '', null],
  ])('%s with %j', async (range, headers, status, text, contentRange) => {
    const answer = await app.fetch(ask({ range, ...headers }));
    expect([answer.status, await answer.text(), answer.headers.get('content-range')]).toEqual([
      status,
      text,
      contentRange,
    ]);
    if (status === 206) expect(answer.headers.get('content-length')).toBe(String(text.length));
  });

  test('that there is not is a 416', async () => {
    const answer = await app.fetch(ask({ range: 'bytes=10-' }));
    expect([answer.status, answer.headers.get('content-range')]).toEqual([416, 'bytes */10']);
  });

  test('is on offer, and given only by GET, of whole answers, if it is switched on', async () => {
    expect((await app.fetch(ask())).headers.get('accept-ranges')).toBe('bytes');
    expect((await app.fetch(ask({ range: 'bytes=0-1' }, 'HEAD'))).status).toBe(200);
    const streamed = appOf(() => new Blob(['0123']).stream(), { ranges: true });
    const whole = await streamed.fetch(ask({ range: 'bytes=0-1' }));
    expect([whole.status, whole.headers.get('accept-ranges')]).toEqual([200, null]);
    const off = await appOf(() => '0123').fetch(ask({ range: 'bytes=0-1' }));
    expect([off.status, off.headers.get('accept-ranges')]).toEqual([200, null]);
  });

  test('is counted in bytes', async () => {
    const answer = await appOf(() => '€€', { ranges: true }).fetch(ask({ range: 'bytes=3-5' }));
    expect([answer.headers.get('content-range'), await answer.text()]).toEqual([
      'bytes 3-5/6',
      '€',
    ]);
  });
});

test('over a connection a 304 has no body and keeps the connection', async () => {
  await using server = await appOf(() => 'hello').serve();
  const first = await fetch(server.url);
  const etag = first.headers.get('etag') as string;
  expect(await first.text()).toBe('hello');
  for (let round = 0; round < 2; round++) {
    const again = await fetch(server.url, { headers: { 'if-none-match': etag } });
    expect([again.status, again.headers.get('etag'), await again.text()]).toEqual([304, etag, '']);
  }
});

test.each<[object, RegExp]>([
  [{ etag: true }, /`etag` to be `strong`, `weak` or false/],
  [{ maxBytes: -1 }, /`maxBytes` to be a whole number/],
  [{ current: {} }, /`current` to be a function/],
  [{ required: true }, /`current` to be given where it is `required`/],
  [{ ranges: 1 }, /`ranges` to be a boolean/],
  [{ weak: true }, /Unknown option `weak`/],
])('%j is refused when the middleware is made', (options, message) => {
  expect(() => conditionalRequests(options as never)).toThrow(message);
});
