/** Tests of reading bodies: as much as is allowed, as what they say they are, and nothing of them twice. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { connectRaw, get, post } from '../../test-kit/raw-client.ts';
import { createApp } from '../app.ts';
import type { BodyReader } from './body-reader.ts';
import type { HttpContext } from './context.ts';

type Read = (body: BodyReader, ctx: HttpContext) => unknown;

/** Asks for a body to be read; what was read is in the answer. */
async function ask(
  read: Read,
  body: BodyInit | undefined,
  headers: Record<string, string> = {},
): Promise<{ readonly status: number; readonly code: string | undefined; readonly got: unknown }> {
  const app = createApp().post('/', async (ctx) => ({ got: await read(ctx.body, ctx) }));
  const answer = await app.fetch(
    new Request('http://host/', {
      method: 'POST',
      headers,
      ...(body !== undefined && { body, duplex: 'half' }),
    }),
  );
  const { got, code } = (await answer.json()) as { got?: unknown; code?: string };
  return { status: answer.status, code, got };
}

const JSON_HEAD = { 'Content-Type': 'application/json' };
const FORM_HEAD = { 'Content-Type': 'application/x-www-form-urlencoded' };
const bytes = (text: string): Uint8Array<ArrayBuffer> => Buffer.from(text, 'latin1');
const json = (body: BodyInit, head: Record<string, string> = JSON_HEAD) =>
  ask((reader) => reader.json(), body, head);

describe('the limit of a body', () => {
  test.each([
    [9, 200],
    [10, 200],
    [11, 413],
  ])('of 10 bytes: %i are a %i, with and without a length', async (size, status) => {
    const app = createApp().post('/', (ctx) => ctx.body.text({ maxBytes: 10 }));
    await using server = await app.serve();
    const body = 'x'.repeat(size);
    const client = await connectRaw(server.port);
    expect((await client.send(post('/', body)).answer()).status).toBe(status);
    const other = await connectRaw(server.port);
    const halves = [body.slice(0, 5), body.slice(5)].map(
      (half) => `${half.length.toString(16)}\r\n${half}\r\n`,
    );
    other.send(
      `POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n${halves.join('')}0\r\n\r\n`,
    );
    expect((await other.answer()).status).toBe(status);
  });

  test('is that of the reader, or of the context, or 1 MiB', async () => {
    const size = (body: BodyReader) => body.bytes().then(({ length }) => length);
    const million = new Uint8Array(1024 * 1024);
    expect(await ask(size, million)).toMatchObject({ got: million.length });
    expect(await ask(size, new Uint8Array(million.length + 1))).toMatchObject({ status: 413 });
    const set: Read = (_, ctx) => {
      ctx.maxBodyBytes = 3;
      return size(ctx.body);
    };
    expect(await ask(set, 'abc')).toMatchObject({ got: 3 });
    expect(await ask(set, 'abcd')).toMatchObject({ status: 413, code: 'BODY_TOO_LARGE' });
    expect(await ask(() => 0, 'abcd')).toMatchObject({ got: 0 });
  });

  test('holds for whoever reads second as well', async () => {
    const twice: Read = async (body) => {
      await body.bytes({ maxBytes: 4 });
      return (await body.text({ maxBytes: 3 })).length;
    };
    expect(await ask(twice, 'abcd')).toMatchObject({ status: 413 });
    expect(await ask(twice, 'abc')).toMatchObject({ got: 3 });
  });

  test('cannot be anything', async () => {
    for (const maxBytes of [Number.NaN, -1]) {
      const app = createApp().post('/', (ctx) =>
        ctx.body.bytes({ maxBytes }).catch((error: unknown) => String(error)),
      );
      const answer = await app.fetch(new Request('http://host/', { method: 'POST', body: 'x' }));
      expect(await answer.text()).toContain('Expected `maxBytes` to be a number, 0 or more');
    }
  });

  test('ends a body that never does', async () => {
    let pulled = 0;
    const endless = new ReadableStream({
      pull: (controller) => {
        pulled++;
        controller.enqueue(new Uint8Array(1000));
      },
    });
    expect(await ask((body) => body.bytes({ maxBytes: 5000 }), endless)).toMatchObject({
      status: 413,
    });
    expect(pulled).toBeLessThan(20);
  });
});

describe('a body of JSON', () => {
  test.each([
    ['{"a":1}', { a: 1 }],
    ['\uFEFF{"a":1}', { a: 1 }],
    [' \n[1,null,true,"x"]\r\n\t', [1, null, true, 'x']],
    ['null', null],
    ['0', 0],
    ['""', ''],
    ['{"a":1,"a":2}', { a: 2 }],
    ['"\\ud83d\\ude00"', '😀'],
    ['{"a":"__proto__","constructor":"x"}', { a: '__proto__', constructor: 'x' }],
    ['["__proto__","constructor","prototype"]', ['__proto__', 'constructor', 'prototype']],
    ['{"prototype":{"constructor":1}}', { prototype: { constructor: 1 } }],
    ['{"__proto":1,"proto__":2}', { __proto: 1, proto__: 2 }],
  ])('%j is read', async (body, got) => {
    expect(await json(body)).toEqual({ status: 200, code: undefined, got });
  });

  test.each([
    '',
    ' ',
    '{',
    '[1,]',
    "{'a':1}",
    '{"a":01}',
    'NaN',
    '"a\nb"',
    '1 2',
    'undefined',
    '\0',
  ])('%j is a 400', async (body) => {
    expect(await json(body)).toMatchObject({ status: 400, code: 'INVALID_JSON' });
  });

  test('without a body is a 400', async () => {
    expect(await ask((body) => body.json(), undefined, JSON_HEAD)).toMatchObject({ status: 400 });
  });

  test.each([
    '{"__proto__":1}',
    '{"__proto__":{"admin":true}}',
    '{ "__proto__" : null }',
    '{"\\u005f_proto__":{}}',
    '{"\\u005F\\u005fpr\\u006fto_\\u005f":{}}',
    '[[[{"a":[{"__proto__":{}}]}]]]',
    '{"constructor":{"prototype":{}}}',
    '{"constructor":{"a":1,"prototype":{}}}',
    '{"\\u0063onstructor":{"prot\\u006ftype":{}}}',
    '{"constructor":\n{\t"prototype"\r:1}}',
  ])('%s has a key that no object may have', async (body) => {
    expect(await json(body)).toMatchObject({ status: 400, code: 'BAD_REQUEST' });
    const nested = `${'{"a":['.repeat(3000)}${body}${']}'.repeat(3000)}`;
    expect(await json(nested)).toMatchObject({ status: 400, code: 'BAD_REQUEST' });
  });

  test('gives no key that a merge would take for a prototype, however it is spelled', async () => {
    const spelled = (key: string) =>
      fc
        .array(fc.boolean(), { minLength: key.length, maxLength: key.length })
        .map((escaped) =>
          [...key]
            .map((letter, at) =>
              escaped[at] ? `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}` : letter,
            )
            .join(''),
        );
    const blank = fc.constantFrom('', ' ', '\n', '\t ');
    await fc.assert(
      fc.asyncProperty(
        spelled('__proto__'),
        blank,
        fc.integer({ max: 5, min: 0 }),
        async (key, gap, depth) => {
          const body = `${'['.repeat(depth)}{"x":1,"${key}"${gap}:${gap}{"admin":1}}${']'.repeat(depth)}`;
          expect((await json(body)).status).toBe(400);
        },
      ),
      { numRuns: 60 },
    );
  });

  test('as deep as it can be is no failure of the server', async () => {
    for (const body of ['['.repeat(200_000), `${'['.repeat(200_000)}${']'.repeat(200_000)}`]) {
      const { status } = await ask(async (reader) => typeof (await reader.json()), body, JSON_HEAD);
      expect([200, 400]).toContain(status);
    }
    const suspect = `${'['.repeat(100_000)}"\\u0041"${']'.repeat(100_000)}`;
    expect(
      await ask(async (reader) => typeof (await reader.json()), suspect, JSON_HEAD),
    ).toMatchObject({ status: 200, got: 'object' });
  });

  test.each([
    ['application/json', 200],
    ['Application/JSON; charset=UTF-8', 200],
    ['application/json;charset="utf-8"', 200],
    ['application/problem+json', 200],
    ['application/vnd.api.v2+json ; a=b', 200],
    ['text/json', 200],
    ['text/plain', 415],
    ['application/jsonx', 415],
    ['application/json-seq', 415],
    ['application/json+xml', 415],
    ['text/plain; application/json', 415],
    ['multipart/form-data; boundary=application/json', 415],
    ['json', 415],
    ['', 415],
    ['application/json; charset=utf-7', 415],
    ['application/json; charset=nonsense', 415],
  ])('that says it is %j is a %i', async (type, status) => {
    expect((await json(bytes('{"a":1}'), { 'Content-Type': type })).status).toBe(status);
  });

  test('without a type is a 415, as other sites may have browsers send it', async () => {
    expect((await json(bytes('{"a":1}'), {})).status).toBe(415);
    expect((await json(bytes(''), {})).status).not.toBe(200);
  });

  test('is read in its charset, and is a 400 where it is no text in that', async () => {
    const latin = { 'Content-Type': 'application/json; charset=iso-8859-1' };
    expect(await json(bytes('"\xe9"'), latin)).toMatchObject({ got: 'é' });
    expect(await json(bytes('"\xe9"'))).toMatchObject({ status: 400, code: 'INVALID_TEXT' });
    const wide = { 'Content-Type': 'application/json; charset=utf-16le' };
    expect(await json(Buffer.from('"é"', 'utf16le'), wide)).toMatchObject({ got: 'é' });
    expect(await json(bytes('"\xc0\xae"'))).toMatchObject({ status: 400 });
  });

  test('that is compressed is a 415 that says what is taken', async () => {
    const app = createApp().post('/', (ctx) => ctx.body.json());
    const answer = await app.fetch(
      new Request('http://host/', {
        method: 'POST',
        body: 'x',
        headers: { ...JSON_HEAD, 'Content-Encoding': 'gzip' },
      }),
    );
    expect([answer.status, answer.headers.get('accept-encoding')]).toEqual([415, 'identity']);
    expect(await json('{}', { ...JSON_HEAD, 'Content-Encoding': 'Identity' })).toMatchObject({
      got: {},
    });
  });

  test('whatever its bytes are, is read or a 400', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(
          fc.uint8Array({ maxLength: 40 }),
          fc.json().map((text) => new TextEncoder().encode(text)),
          fc
            .tuple(fc.json(), fc.nat(), fc.integer({ min: 0, max: 255 }))
            .map(([text, at, byte]) => {
              const changed = new TextEncoder().encode(text);
              changed[at % changed.length] = byte;
              return changed;
            }),
        ),
        async (body) => {
          expect([200, 400]).toContain((await json(body as Uint8Array<ArrayBuffer>)).status);
        },
      ),
    );
  });
});

describe('a form', () => {
  const fields: Read = async (body) => [...(await body.form()).entries()];
  const form = (body: BodyInit, head: Record<string, string> = FORM_HEAD) =>
    ask(fields, body, head);

  test.each([
    [
      'a=1&b=2&a=3',
      [
        ['a', '1'],
        ['b', '2'],
        ['a', '3'],
      ],
    ],
    [
      'a=%C3%A9+b%2B&%26=%3D',
      [
        ['a', 'é b+'],
        ['&', '='],
      ],
    ],
    ['', []],
    ['a', [['a', '']]],
    [
      '=x&&b=',
      [
        ['', 'x'],
        ['b', ''],
      ],
    ],
    ['a=é', [['a', 'é']]],
    ['__proto__=1', [['__proto__', '1']]],
  ])('%j is read', async (body, got) => {
    expect(await form(body)).toEqual({ status: 200, code: undefined, got });
  });

  test.each(['a=%', 'a=%zz', 'a=%4', '%', 'a=%E2%82', 'a=%C0%AE', 'a=%ED%A0%80', 'a=%FF&b=1'])(
    'with the escape %j, which is none, is a 400',
    async (body) => {
      expect(await form(body)).toMatchObject({ status: 400, code: 'INVALID_FORM' });
    },
  );

  test('with bytes that are no text is a 400', async () => {
    expect(await form(bytes('a=\xe9'))).toMatchObject({ status: 400, code: 'INVALID_FORM' });
  });

  test('that was written by the platform is read as it was', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme' }))),
        async (pairs) => {
          const text = new URLSearchParams(pairs).toString();
          // A byte order mark at the beginning would have been escaped.
          expect((await form(text)).got).toEqual(pairs);
        },
      ),
    );
  });

  test('in parts is read, files too', async () => {
    const sent = new FormData();
    sent.append('text', 'é');
    sent.append('file', new File(['content'], 'a.txt', { type: 'text/plain' }));
    const read: Read = async (body) => {
      const got = await body.form();
      const file = got.get('file') as File;
      return [got.get('text'), file.name, file.type, await file.text()];
    };
    expect(await ask(read, sent)).toMatchObject({ got: ['é', 'a.txt', 'text/plain', 'content'] });
  });

  test.each([
    ['multipart/form-data', 415],
    ['multipart/form-data; boundary=', 400],
    ['multipart/form-data; boundary=x', 400],
    ['multipart/mixed; boundary=x', 415],
    ['application/x-www-form-urlencodedx', 415],
    ['application/json', 415],
  ])('of the type %s is a %i', async (type, status) => {
    expect((await form('--y\r\n', { 'Content-Type': type })).status).toBe(status);
  });

  test('in parts, whatever their bytes are, is read or a 400', async () => {
    const piece = fc.constantFrom(
      '--x',
      '--x--',
      '\r\n',
      '\n',
      'Content-Disposition: form-data',
      '; name="a"',
      '; filename="b"',
      'Content-Type: text/plain',
      'Content-Transfer-Encoding: base64',
      '\0',
      'é',
      'body',
      ':',
      '"',
    );
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { maxLength: 14 }), async (pieces) => {
        const read: Read = async (body) => [...(await body.form()).keys()].length;
        const { status } = await ask(read, pieces.join(''), {
          'Content-Type': 'multipart/form-data; boundary=x',
        });
        expect([200, 400]).toContain(status);
      }),
      { numRuns: 300 },
    );
  });
});

describe('a body', () => {
  test('is given as often as it is asked for, in every form', async () => {
    const read: Read = async (body) => [
      await body.json(),
      await body.text(),
      (await body.bytes()).length,
      await body.json(),
    ];
    expect(await ask(read, '{"a":1}', JSON_HEAD)).toMatchObject({
      got: [{ a: 1 }, '{"a":1}', 7, { a: 1 }],
    });
  });

  test('that is not there is empty', async () => {
    const read: Read = async (body) => [
      await body.text(),
      (await body.bytes()).length,
      body.stream === undefined,
    ];
    expect(await ask(read, undefined)).toMatchObject({ got: ['', 0, false] });
  });

  test('cannot be a stream once it has been read, nor be read once it was one', async () => {
    const streamed: Read = async (body) => {
      await body.bytes();
      return body.stream();
    };
    expect(await ask(streamed, 'x')).toMatchObject({ status: 500 });
    const read: Read = async (body) => {
      for await (const _ of body.stream() ?? []);
      return body.text();
    };
    expect(await ask(read, 'x')).toMatchObject({ status: 500 });
  });

  test('piece by piece comes as it was sent', async () => {
    const read: Read = async (body) => {
      let text = '';
      for await (const chunk of body.stream() ?? []) text += Buffer.from(chunk).toString('latin1');
      return text;
    };
    expect(await ask(read, 'a stream')).toMatchObject({ got: 'a stream' });
  });

  test('is waited for with 100 Continue, and only if somebody reads it', async () => {
    const app = createApp()
      .post('/read', (ctx) => ctx.body.text())
      .post('/small', (ctx) => ctx.body.text({ maxBytes: 1 }))
      .post('/unread', () => 'not wanted');
    await using server = await app.serve();
    const ask100 = (path: string): string =>
      `POST ${path} HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n`;
    const reader = await connectRaw(server.port);
    await reader.send(ask100('/read')).until('HTTP/1.1 100 Continue\r\n\r\n');
    expect(await reader.send('body').answer()).toMatchObject({ status: 200, text: 'body' });
    for (const [path, status] of [
      ['/small', 413],
      ['/unread', 200],
      ['/nothing', 404],
    ] as const) {
      const client = await connectRaw(server.port);
      const text = await client.send(ask100(path)).closed();
      expect(text).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    }
  });

  test.each([
    ['in the middle of its body', 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nhalf'],
    [
      'in the middle of a chunk',
      'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nhalf',
    ],
  ])('whose client leaves %s fails, and nobody is to blame', async (_, request) => {
    const told: unknown[] = [];
    let entered = (): void => {};
    const isEntered = new Promise<void>((resolve) => (entered = resolve));
    let failed: (error: unknown) => void = () => {};
    const failure = new Promise((resolve) => (failed = resolve));
    const app = createApp({ onError: (error) => told.push(error) }).post('/', async (ctx) => {
      entered();
      return ctx.body.text().catch((error: unknown) => {
        failed(error);
        throw error;
      });
    });
    await using server = await app.serve();
    const client = await connectRaw(server.port);
    client.send(request);
    await isEntered;
    client.leave();
    expect(await failure).toMatchObject({ code: 'CLIENT_LEFT' });
    expect(told).toEqual([]);
    const next = await connectRaw(server.port);
    expect((await next.send(get('/')).answer()).status).toBe(405);
    expect(server.server.stats().inFlight).toBe(0);
  });

  test('that has been read already is no body of a request of the web', async () => {
    const request = new Request('http://host/', { method: 'POST', body: 'x' });
    await request.text();
    const app = createApp().post('/', (ctx) => ctx.body.text());
    // What of it could be read, nobody can read twice; so whoever asks is told, and the process goes on.
    expect((await app.fetch(request)).status).toBe(500);
  });
});
