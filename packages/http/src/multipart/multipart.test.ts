/** Tests of forms in parts: what they say, what is refused, and that pieces and noise make no difference. */
import { once } from 'node:events';
import { connect } from 'node:net';
import fc from 'fast-check';
import { describe, expect, onTestFinished, test } from 'vitest';
import { RefusedMessageError } from '@interpose/wire';
import { type App, createApp } from '../app.ts';
import type { HttpContext } from '../context/context.ts';
import { isHttpError } from '../errors.ts';
import { bodyLimit } from '../middleware/body-limit.ts';
import { type MultipartOptions, multipartParts } from './multipart.ts';
import type { Part } from './part.ts';

const TYPE = 'multipart/form-data; boundary=XX';
const bytesOf = (text: string): Uint8Array => Buffer.from(text, 'latin1');

/** A body that comes in these pieces, and tells how much of it was asked for. */
function body(...pieces: readonly (string | Uint8Array)[]) {
  const seen = { asked: 0, ended: 0 };
  const chunks: AsyncIterable<Uint8Array> = {
    [Symbol.asyncIterator]: () => ({
      next: () => {
        const piece = pieces[seen.asked++];
        return Promise.resolve(
          piece === undefined
            ? { done: true as const, value: undefined }
            : { done: false as const, value: typeof piece === 'string' ? bytesOf(piece) : piece },
        );
      },
      return: () => {
        seen.ended++;
        return Promise.resolve({ done: true as const, value: undefined });
      },
    }),
  };
  return { chunks, seen };
}

function parts(
  pieces: string | readonly (string | Uint8Array)[],
  options?: MultipartOptions,
  contentType: string | undefined = TYPE,
): AsyncIterableIterator<Part, undefined> {
  const { chunks } = body(...(typeof pieces === 'string' ? [pieces] : pieces));
  return multipartParts({ body: chunks, contentType, maxBytes: 1_000_000 }, options);
}

type Read = Readonly<Record<string, unknown>>;

async function readAll(all: AsyncIterable<Part>): Promise<readonly Read[]> {
  const read: Read[] = [];
  for await (const part of all) {
    const { name, filename, rawFilename, type } = part;
    read.push({ name, filename, rawFilename, type, content: latin1(await part.bytes()) });
  }
  return read;
}

const latin1 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');

/** What reading them comes to: parts, or the status and the code of a refusal. */
async function outcome(all: () => AsyncIterable<Part>): Promise<unknown> {
  try {
    return await readAll(all());
  } catch (error) {
    if (isHttpError(error)) return `${error.status} ${error.code}`;
    throw error;
  }
}

const field = (name: string, content: string): string =>
  `--XX\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${content}\r\n`;
const withHead = (head: string, content = 'x'): string =>
  `--XX\r\n${head}\r\n\r\n${content}\r\n--XX--\r\n`;
const BAD = '400 INVALID_FORM';

describe('a form', () => {
  test('has its parts in their order, with all that they say', async () => {
    const text =
      field('a', 'one') +
      '--XX\r\ncontent-type: image/png\r\nCONTENT-DISPOSITION: form-data; name="f"; filename="../My Cat.png"\r\nX-More: yes \r\n\r\n\x89PNG\r\n\r\n\r\n' +
      '--XX--\r\n';
    const seen: Part[] = [];
    for await (const part of parts(text)) seen.push(part);
    expect(
      seen.map(({ name, isFile, filename, rawFilename, type }) => [
        name,
        isFile,
        filename,
        rawFilename,
        type,
      ]),
    ).toEqual([
      ['a', false, undefined, undefined, 'text/plain'],
      ['f', true, 'My Cat.png', '../My Cat.png', 'image/png'],
    ]);
    expect([...(seen[1] as Part).headers]).toEqual([
      ['content-type', 'image/png'],
      ['content-disposition', 'form-data; name="f"; filename="../My Cat.png"'],
      ['x-more', 'yes'],
    ]);
    expect(await readAll(parts(text))).toMatchObject([
      { content: 'one' },
      { content: '\x89PNG\r\n\r\n' },
    ]);
  });

  test.each([
    ['without parts', '--XX--\r\n', []],
    ['without parts and without an end of line', '--XX--', []],
    ['with nothing in a part', field('a', '') + '--XX--', ['']],
    ['with the first part behind a line break', `\r\n${field('a', 'b')}--XX--`, ['b']],
    ['with something before it', `hello\r\n--YY\r\n\r\n${field('a', 'b')}--XX--`, ['b']],
    ['with something behind it', `${field('a', 'b')}--XX--\r\n--XX\r\nmore`, ['b']],
    [
      'with blanks behind its boundaries',
      `--XX \t\r\n${field('a', 'b').slice(6)}--XX-- \r\n`,
      ['b'],
    ],
    [
      'with what is nearly a boundary',
      field('a', '\r\n--X\r\n-XX\r\r\n--\r\n--x') + '--XX--',
      ['\r\n--X\r\n-XX\r\r\n--\r\n--x'],
    ],
    ['with a content that begins like a boundary', field('a', '--X') + '--XX--', ['--X']],
    ['with a boundary behind LF alone', field('a', 'b\n--XX\nc') + '--XX--', ['b\n--XX\nc']],
  ])('%s', async (_, text, contents) => {
    expect((await readAll(parts(text))).map(({ content }) => content)).toEqual(contents);
  });

  test.each([
    ['is empty', '', BAD],
    ['has no boundary', 'hello', BAD],
    ['ends behind its boundary', '--XX', BAD],
    ['ends before its last boundary', field('a', 'b'), BAD],
    ['ends within its last boundary', `${field('a', 'b')}--XX-`, BAD],
    ['ends within a head', '--XX\r\nContent-Dispo', BAD],
    ['ends within a part', '--XX\r\nContent-Disposition: form-data; name=a\r\n\r\nxyz', BAD],
    ['has a boundary that goes on', '--XXY\r\n\r\n--XX--', BAD],
    ['has a boundary with LF alone', field('a', 'b').replace('--XX\r\n', '--XX\n'), BAD],
    ['has a last boundary that goes on', `${field('a', 'b')}--XX--x`, BAD],
    ['has a last boundary with CR alone', `${field('a', 'b')}--XX--\rx`, BAD],
    ['has blanks without end', `--XX${' '.repeat(200)}\r\n`, BAD],
    [
      'has a part without an empty line',
      `--XX\r\nContent-Disposition: form-data; name=a\r\n--XX--`,
      BAD,
    ],
    [
      'has a part without a content',
      `--XX\r\nContent-Disposition: form-data; name=a\r\n\r\n--XX--`,
      BAD,
    ],
    ['has much before it', `${'x'.repeat(20_000)}\r\n--XX--`, BAD],
    ['has much behind it', `--XX--\r\n${'x'.repeat(20_000)}`, BAD],
    ['has a head with LF alone', withHead('Content-Disposition: form-data; name=a\nX: y'), BAD],
    [
      'has a head that ends with LF alone',
      '--XX\r\nContent-Disposition: form-data; name=a\r\n\nx\r\n--XX--',
      BAD,
    ],
    ['has a header that is folded', withHead('Content-Disposition: form-data;\r\n name=a'), BAD],
    [
      'has a header without a colon',
      withHead('Content-Disposition: form-data; name=a\r\nhello'),
      BAD,
    ],
    [
      'has a header with a blank in its name',
      withHead('Content-Disposition : form-data; name=a'),
      BAD,
    ],
    ['has a header with a NUL', withHead('Content-Disposition: form-data; name="a\0"'), BAD],
    ['has a header with CR alone', withHead('Content-Disposition: form-data; name="a\rb"'), BAD],
    [
      'has a header twice',
      withHead('Content-Disposition: form-data; name=a\r\ncontent-disposition: form-data; name=b'),
      BAD,
    ],
    ['has a head that is no text', withHead('Content-Disposition: form-data; name="\xff"'), BAD],
    ['has a part without a name', withHead('Content-Disposition: form-data'), BAD],
    ['has a part of no form', withHead('Content-Disposition: attachment; name=a'), BAD],
    ['has a part that says nothing', withHead('X: y'), BAD],
    ['has a part without a head', '--XX\r\n\r\nx\r\n--XX--', BAD],
    ['has a name twice', withHead('Content-Disposition: form-data; name=a; name=b'), BAD],
    ['has a name that does not end', withHead('Content-Disposition: form-data; name="a'), BAD],
    ['has a name with more behind it', withHead('Content-Disposition: form-data; name="a"b'), BAD],
    [
      'has a file name in another form alone',
      withHead(`Content-Disposition: form-data; name=a; filename*=utf-8''b`),
      BAD,
    ],
    [
      'has a part that is encoded',
      withHead('Content-Disposition: form-data; name=a\r\nContent-Transfer-Encoding: base64'),
      BAD,
    ],
  ])('that %s is refused', async (_, text, refused) => {
    expect(await outcome(() => parts(text))).toBe(refused);
  });

  test.each([
    ['name=a', 'a', undefined],
    ['name=""', '', undefined],
    ['name="a b;c=\\"d\\"\\\\"', 'a b;c="d"\\\\', undefined],
    ['name="a\\"; filename="b\\"', 'a\\', 'b\\'],
    ['name="a\\"b"; filename="c\\"d"', 'a"b', 'c"d'],
    ['name="a%22b%0D%0Ac%41"', 'a"b\r\nc%41', undefined],
    ['name="a"; filename=""', 'a', ''],
    ['name="a"; filename="C:\\dir\\cat.png"', 'a', 'C:\\dir\\cat.png'],
    [`name="a"; filename="b.txt"; filename*=utf-8''c.php`, 'a', 'b.txt'],
    ['filename=b ;  NAME=a', 'a', 'b'],
    ['name="\xc3\xa4"; filename="\xf0\x9f\x98\x80.png"', 'ä', '\u{1F600}.png'],
  ])('says with %j who it is', async (parameters, name, rawFilename) => {
    const read = await readAll(parts(withHead(`Content-Disposition: form-data; ${parameters}`)));
    expect(read).toMatchObject([{ name, rawFilename }]);
  });

  test.each([
    ['multipart/form-data; boundary=XX', undefined],
    ['Multipart/Form-Data; charset=utf-8; Boundary="XX"', undefined],
    ['multipart/form-data;boundary=XX;', undefined],
    ['multipart/form-data', BAD],
    ['multipart/form-data; boundary=', BAD],
    ['multipart/form-data; boundary=""', BAD],
    ['multipart/form-data; boundary="XX "', BAD],
    ['multipart/form-data; boundary="X\r\nX"', BAD],
    ['multipart/form-data; ; boundary=XX ; ', undefined],
    ['multipart/form-data; boundary=XX; boundary=YY', BAD],
    ['multipart/form-data; boundary=XX x', BAD],
    ['multipart/form-data; boundary = XX', BAD],
    [`multipart/form-data; boundary=${'X'.repeat(71)}`, BAD],
    ['multipart/form-data; boundary=é', BAD],
    ['multipart/form-datas; boundary=XX', '415 UNSUPPORTED_MEDIA_TYPE'],
    ['multipart/mixed; boundary=XX', '415 UNSUPPORTED_MEDIA_TYPE'],
    ['text/plain', '415 UNSUPPORTED_MEDIA_TYPE'],
    ['', '415 UNSUPPORTED_MEDIA_TYPE'],
  ])('of the type %j', async (type, refused) => {
    expect(await outcome(() => parts('--XX--', {}, type))).toEqual(refused ?? []);
  });

  test('may have any boundary of 70 characters', async () => {
    const boundary = `'()+_,-./:=? ${'-'.repeat(56)}x`;
    expect(boundary).toHaveLength(70);
    const text = `--${boundary}\r\nContent-Disposition: form-data; name=a\r\n\r\n--\r\n--${boundary}--`;
    const type = `multipart/form-data; boundary="${boundary}"`;
    expect(await outcome(() => parts(text, {}, type))).toMatchObject([{ content: '--' }]);
  });
});

describe('limits', () => {
  const file = (size: number): string =>
    `--XX\r\nContent-Disposition: form-data; name=f; filename=f\r\n\r\n${'x'.repeat(size)}\r\n--XX--`;

  test.each<[string, string, MultipartOptions, string | number]>([
    ['parts', field('a', '').repeat(101), {}, '413 TOO_MANY_PARTS'],
    ['parts', `${field('a', '').repeat(100)}--XX--`, {}, 100],
    ['parts, fewer', field('a', '').repeat(2), { maxParts: 1 }, '413 TOO_MANY_PARTS'],
    ['a field', `${field('a', 'x'.repeat(65_537))}--XX--`, {}, '413 PART_TOO_LARGE'],
    ['a field', `${field('a', 'x'.repeat(65_536))}--XX--`, {}, 1],
    ['a file', file(100_000), {}, 1],
    ['a file', file(101), { maxFileBytes: 100 }, '413 PART_TOO_LARGE'],
    ['a file', file(100), { maxFileBytes: 100 }, 1],
    ['all of it', file(1_000_000), {}, '413 BODY_TOO_LARGE'],
    ['all of it', file(100), { maxBytes: 50 }, '413 BODY_TOO_LARGE'],
    ['a head', withHead(`X: ${'y'.repeat(8192)}`), {}, '413 PART_HEAD_TOO_LARGE'],
    ['a head', withHead('Content-Disposition: form-data; name=a'), { maxHeadBytes: 42 }, 1],
    [
      'a head',
      withHead('Content-Disposition: form-data; name=a'),
      { maxHeadBytes: 41 },
      '413 PART_HEAD_TOO_LARGE',
    ],
  ])('%s', async (_, text, options, expected) => {
    const result = await outcome(() => parts(text, options));
    expect(Array.isArray(result) ? result.length : result).toBe(expected);
    // In small pieces they are the same.
    const pieces = text.match(/[\s\S]{1,1000}/g) ?? [];
    const again = await outcome(() => parts(pieces, options));
    expect(Array.isArray(again) ? again.length : again).toBe(expected);
  });

  test('hold for what is skipped, too', async () => {
    const skip = async (): Promise<void> => {
      for await (const part of parts(file(101), { maxFileBytes: 100 })) void part;
    };
    await expect(skip()).rejects.toMatchObject({ status: 413, code: 'PART_TOO_LARGE' });
  });

  test.each([
    [{ maxParts: -1 }, '`maxParts`'],
    [{ maxFieldBytes: 0.5 }, '`maxFieldBytes`'],
    [{ maxFileBytes: '1' }, '`maxFileBytes`'],
    [{ maxHeadBytes: -1 }, '`maxHeadBytes`'],
    [{ maxBytes: -1 }, '`maxBytes`'],
    [{ parts: 5 }, 'Unknown option `parts`'],
  ])('such as %j are refused', (options, message) => {
    expect(() => parts('', options as MultipartOptions)).toThrow(message);
  });
});

describe('reading', () => {
  const two = `${field('a', 'one')}${field('b', 'two')}--XX--`;

  test('skips what is not read', async () => {
    const names: string[] = [];
    for await (const { name } of parts(two)) names.push(name);
    expect(names).toEqual(['a', 'b']);
  });

  test('skips the rest of what is broken off', async () => {
    const seen: string[] = [];
    for await (const part of parts(two.match(/[\s\S]/g) ?? [])) {
      for await (const piece of part.stream()) {
        seen.push(`${part.name} ${latin1(piece)}`);
        break;
      }
    }
    expect(seen).toEqual(['a o', 'b t']);
  });

  test('takes no more than it is asked for', async () => {
    const head = '--XX\r\nContent-Disposition: form-data; name=a; filename=a\r\n\r\n';
    const { chunks, seen } = body(head, 'x'.repeat(1000), 'y'.repeat(1000), '\r\n--XX--');
    const all = multipartParts({ body: chunks, contentType: TYPE, maxBytes: 10_000 });
    expect(seen.asked).toBe(0);
    const { value: part } = await all.next();
    expect(seen.asked).toBe(1);
    const pieces = part?.stream()[Symbol.asyncIterator]();
    expect((await pieces?.next())?.value).toHaveLength(1000);
    expect(seen.asked).toBe(2);
    await all.return?.();
    expect(seen).toEqual({ asked: 2, ended: 1 });
    await expect(pieces?.next()).rejects.toThrow('skipped');
    expect(await all.next()).toEqual({ done: true, value: undefined });
  });

  test('hands on the bytes that came, and copies none', async () => {
    const chunk = bytesOf(`${field('a', 'x'.repeat(5000))}--XX--`);
    for await (const part of parts([chunk])) {
      for await (const piece of part.stream()) expect(piece.buffer).toBe(chunk.buffer);
    }
  });

  test('a part that was left behind is said so, and the others are not disturbed', async () => {
    const all = parts(two);
    const { value: first } = await all.next();
    const { value: second } = await all.next();
    await expect(first?.bytes()).rejects.toThrow('The part was skipped');
    expect(await second?.text()).toBe('two');
    expect((await all.next()).done).toBe(true);
    const late = parts(`${field('a', 'one')}--XX--`);
    const { value: last } = await late.next();
    await late.next();
    await expect(last?.bytes()).rejects.toThrow('The part was skipped');
  });

  test('a part that is asked for at the same time is read to where the next begins', async () => {
    const all = parts(two.match(/[\s\S]/g) ?? []);
    const { value: first } = await all.next();
    const reading = first?.bytes();
    const next = all.next();
    await expect(reading).rejects.toThrow('The part was skipped');
    expect(await (await next).value?.text()).toBe('two');
  });

  test('a part is read once', async () => {
    const { value: part } = await parts(two).next();
    expect(await part?.text()).toBe('one');
    expect(() => part?.stream()).toThrow('The part "a" is read already');
  });

  test('after a failure there is nothing but that, and nothing more is read', async () => {
    const { chunks, seen } = body(field('a', 'b'), 'Content', 'never');
    const all = multipartParts({ body: chunks, contentType: TYPE, maxBytes: 55 });
    const { value: part } = await all.next();
    await expect(all.next()).rejects.toMatchObject({ code: 'BODY_TOO_LARGE' });
    await expect(all.next()).rejects.toMatchObject({ code: 'BODY_TOO_LARGE' });
    await expect(part?.bytes()).rejects.toMatchObject({ code: 'BODY_TOO_LARGE' });
    expect(seen).toEqual({ asked: 2, ended: 1 });
  });

  test('a text is what its type says', async () => {
    const text = (type: string, content: string): Promise<unknown> =>
      parts(withHead(`Content-Disposition: form-data; name=a\r\nContent-Type: ${type}`, content))
        .next()
        .then(({ value }) => value?.text());
    expect(await text('text/plain', '\xc3\xa4')).toBe('ä');
    expect(await text('text/plain; charset="ISO-8859-1"', '\xe4')).toBe('ä');
    await expect(text('text/plain', '\xe4')).rejects.toMatchObject({
      status: 400,
      code: 'INVALID_TEXT',
    });
    await expect(text('text/plain; charset=klingon', 'x')).rejects.toMatchObject({ status: 415 });
  });
});

describe('whatever pieces it comes in', () => {
  const CORPUS = [
    `${field('a', 'one')}${field('b', '\r\n--X\r\r\n--')}--XX-- \r\nend`,
    `pre\r\n--XX\t\r\n${field('a', '').slice(6)}--XX\r\nContent-Type: a/b\r\nContent-Disposition: form-data; name=f; filename="x"\r\n\r\n\r\n\r\n--XX--`,
    '--XX--',
    field('a', 'cut'),
    '--XX\r\nContent-Disposition: form-data; name=a\n\r\n\r\nb\r\n--XX--',
    '--XX\r\nContent-Disposition: form-data; name=a\r\n\r\n--XX--',
    '--XXY\r\n\r\n--XX--',
  ];

  test('two, cut anywhere', async () => {
    for (const text of CORPUS) {
      const whole = await outcome(() => parts(text));
      for (let cut = 0; cut <= text.length; cut++) {
        expect([cut, await outcome(() => parts([text.slice(0, cut), text.slice(cut)]))]).toEqual([
          cut,
          whole,
        ]);
      }
    }
  });

  test('each byte for itself', async () => {
    for (const text of CORPUS) {
      expect(await outcome(() => parts([...text]))).toEqual(await outcome(() => parts(text)));
    }
  });

  test('contents of any bytes are what was put in', async () => {
    const unit = fc.constantFrom('\r', '\n', '-', 'X', '\r\n--X', '\r\n--', 'a', '\0', '\xff');
    const content = fc.array(unit, { maxLength: 30 }).map((units) => units.join(''));
    await fc.assert(
      fc.asyncProperty(
        fc.array(content, { maxLength: 5 }),
        fc.array(fc.nat(60), { maxLength: 8 }),
        async (all, cuts) => {
          fc.pre(all.every((one) => !`\r\n${one}`.includes('\r\n--XX')));
          const text = `${all.map((one, at) => field(String(at), one)).join('')}--XX--\r\n`;
          const pieces: string[] = [];
          let at = 0;
          for (const cut of cuts) {
            pieces.push(text.slice(at, at + cut));
            at += cut;
          }
          pieces.push(text.slice(at));
          expect((await readAll(parts(pieces))).map((part) => part['content'])).toEqual(all);
        },
      ),
      { numRuns: 300 },
    );
  });

  test('noise is refused or read, the same whole and in pieces, and always ends', async () => {
    const unit = fc.constantFrom(
      '--XX',
      '--XX--',
      '\r\n',
      '\r\n--XX\r\n',
      '\r\n--XX--',
      '\n',
      '\r',
      '-',
      ' ',
      '\0',
      '\xff',
      'a',
      'Content-Disposition: form-data; name=a',
      '; filename="b"',
      ': ',
      '"',
      '\\',
      'Content-Type: x/y',
    );
    await fc.assert(
      fc.asyncProperty(fc.array(unit, { maxLength: 40 }), fc.nat(50), async (units, size) => {
        const text = units.join('');
        const whole = await outcome(() => parts(text));
        const pieces = text.match(new RegExp(`[\\s\\S]{1,${size + 1}}`, 'g')) ?? [];
        expect(await outcome(() => parts(pieces))).toEqual(whole);
      }),
      { numRuns: 1000 },
    );
  });

  test('a good form with one byte changed is refused or read, and nothing else', async () => {
    const text = CORPUS[1] as string;
    await fc.assert(
      fc.asyncProperty(fc.nat(text.length - 1), fc.nat(255), async (at, byte) => {
        const changed = text.slice(0, at) + String.fromCharCode(byte) + text.slice(at + 1);
        const whole = await outcome(() => parts(changed));
        expect(await outcome(() => parts([...changed]))).toEqual(whole);
      }),
      { numRuns: 500 },
    );
  });

  test('a form of the web is read as the web reads it', async () => {
    const name = fc.string({ unit: fc.constantFrom(...'a "\\\r\n;=%ä\u{1F600}'), maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.tuple(name, fc.oneof(fc.string(), fc.tuple(name.filter(Boolean), fc.uint8Array()))),
          { maxLength: 4 },
        ),
        async (entries) => {
          const form = new FormData();
          for (const [key, value] of entries) {
            if (typeof value === 'string') form.append(key, value);
            else form.append(key, new File([value[1] as Uint8Array<ArrayBuffer>], value[0]));
          }
          const request = new Request('http://a/', { method: 'POST', body: form });
          const bytes = new Uint8Array(await request.clone().arrayBuffer());
          const type = request.headers.get('content-type') ?? '';
          const read: unknown[] = [];
          for await (const part of parts([bytes], { maxFieldBytes: 1_000_000 }, type)) {
            read.push([part.name, part.rawFilename, latin1(await part.bytes())]);
          }
          const normal = (text: string): string => text.replaceAll(/\r\n|\r|\n/g, '\r\n');
          const utf8 = (text: string): string => Buffer.from(text).toString('latin1');
          expect(read).toEqual(
            entries.map(([key, value]) =>
              typeof value === 'string'
                ? [normal(key), undefined, utf8(normal(value))]
                : [normal(key), value[0], latin1(value[1])],
            ),
          );
        },
      ),
      { numRuns: 100 },
    );
  });
});

describe('on a server', () => {
  const uploads = (options?: MultipartOptions): App =>
    createApp().post('/', async (ctx: Pick<HttpContext, 'body'>) => {
      const seen: unknown[] = [];
      for await (const part of ctx.body.parts(options)) {
        let size = 0;
        for await (const piece of part.stream()) size += piece.length;
        seen.push([part.name, part.filename, size]);
      }
      return seen;
    });

  async function served(app: App) {
    const server = await app.serve({ maxBodyBytes: 100_000_000 });
    onTestFinished(async () => void (await server.close({ graceMs: 0 })));
    return server;
  }

  test('files larger than memory may hold are read piece by piece', async () => {
    const server = await served(uploads({ maxBytes: 50_000_000 }));
    const form = new FormData();
    form.append('title', 'tea');
    form.append('file', new Blob([new Uint8Array(20_000_000)]), '../../tea.bin');
    const answer = await fetch(server.url, { method: 'POST', body: form });
    expect(await answer.json()).toEqual([
      ['title', null, 3],
      ['file', 'tea.bin', 20_000_000],
    ]);
  });

  test('the client is held up while a part is not read', async () => {
    let go = (): void => {};
    const may = new Promise<void>((resolve) => (go = resolve));
    const app = createApp().post('/', async (ctx) => {
      for await (const part of ctx.body.parts({ maxBytes: 50_000_000 })) {
        await may;
        void part;
      }
      return 'read';
    });
    const server = await served(app);
    const socket = connect(server.port, '127.0.0.1');
    onTestFinished(() => void socket.destroy());
    const head = '--XX\r\nContent-Disposition: form-data; name=f; filename=f\r\n\r\n';
    const end = '\r\n--XX--\r\n';
    const length = head.length + 30_000_000 + end.length;
    socket.write(
      `POST / HTTP/1.1\r\nHost: a\r\nContent-Type: ${TYPE}\r\nContent-Length: ${length}\r\n\r\n${head}`,
    );
    socket.write(Buffer.alloc(30_000_000));
    for (let turn = 0; turn < 200; turn++) await new Promise(setImmediate);
    expect(socket.writableLength).toBeGreaterThan(15_000_000);
    socket.write(end);
    go();
    const [answer] = (await once(socket, 'data')) as [Buffer];
    expect(answer.toString()).toMatch(/^HTTP\/1\.1 200 /);
  });

  test('what is too large is refused before it is sent', async () => {
    const server = await served(uploads());
    const socket = connect(server.port, '127.0.0.1');
    onTestFinished(() => void socket.destroy());
    socket.write(
      `POST / HTTP/1.1\r\nHost: a\r\nContent-Type: ${TYPE}\r\nExpect: 100-continue\r\nContent-Length: 2000000\r\n\r\n`,
    );
    const [answer] = (await once(socket, 'data')) as [Buffer];
    expect(answer.toString()).toMatch(/^HTTP\/1\.1 413 [\s\S]*"code":"BODY_TOO_LARGE"/);
  });

  test('a client that leaves in the middle ends the reading', async () => {
    const errors: unknown[] = [];
    const app = createApp().post('/', async (ctx) => {
      try {
        for await (const part of ctx.body.parts()) await part.bytes();
      } catch (error) {
        errors.push(error);
      }
      return null;
    });
    const server = await served(app);
    const socket = connect(server.port, '127.0.0.1');
    socket.write(
      `POST / HTTP/1.1\r\nHost: a\r\nContent-Type: ${TYPE}\r\nContent-Length: 1000\r\n\r\n${field('a', 'b')}`,
      () => socket.resetAndDestroy(),
    );
    while (errors.length === 0) await new Promise(setImmediate);
    const [error] = errors as [Error & { code: string }];
    expect(RefusedMessageError.is(error) || error.code === 'CLIENT_LEFT').toBe(true);
  });

  test('a body that is packed, used or within another limit', async () => {
    const post = (app: App, headers: Record<string, string> = {}): Promise<Response> =>
      app.fetch(
        new Request('http://a/', {
          method: 'POST',
          headers: { 'Content-Type': TYPE, ...headers },
          body: `${field('a', 'x'.repeat(1000))}--XX--`,
        }),
      );
    expect((await post(uploads())).status).toBe(200);
    expect((await post(uploads(), { 'Content-Encoding': 'gzip' })).status).toBe(415);
    const limited = createApp().use(bodyLimit({ maxBytes: 500 }));
    limited.post('/', async (ctx) => {
      for await (const part of ctx.body.parts()) await part.bytes();
      return 'read';
    });
    expect((await post(limited)).status).toBe(413);
    const used = createApp().post('/', async (ctx) => {
      await ctx.body.bytes();
      expect(() => ctx.body.parts()).toThrow('The body has been read already');
      return 'x';
    });
    expect((await post(used)).status).toBe(200);
    const none = await uploads().fetch(
      new Request('http://a/', { method: 'POST', headers: { 'Content-Type': TYPE } }),
    );
    expect(none.status).toBe(400);
  });

  test('a form in memory is the same, with files', async () => {
    const app = createApp().post('/', async (ctx) => {
      const form = await ctx.body.form();
      const file = form.get('f') as File;
      return [form.getAll('a'), file.name, file.type, await file.text(), [...form.keys()].length];
    });
    const form = new FormData();
    form.append('a', '1');
    form.append('a', 'ü');
    form.append('f', new Blob(['content'], { type: 'text/css' }), 'x.css');
    const request = new Request('http://a/', { method: 'POST', body: form });
    expect(await (await app.fetch(request)).json()).toEqual([
      ['1', 'ü'],
      'x.css',
      'text/css',
      'content',
      3,
    ]);
    const many = new Request('http://a/', {
      method: 'POST',
      headers: { 'Content-Type': TYPE },
      body: `${field('a', '').repeat(1001)}--XX--`,
    });
    const refused = await app.fetch(many);
    expect([refused.status, ((await refused.json()) as { code: string }).code]).toEqual([
      413,
      'TOO_MANY_PARTS',
    ]);
  });
});

test('the time that it takes grows with the length alone, whatever stands there', async () => {
  const boundary = 'a'.repeat(70);
  const type = `multipart/form-data; boundary=${boundary}`;
  const start = `--${boundary}\r\nContent-Disposition: form-data; name=f; filename=f\r\n\r\n`;
  const size = 4_000_000;
  const nearly = `\r\n--${boundary.slice(1)}`;
  const took: number[] = [];
  for (const unit of ['x', '\r', '\r\n', nearly, '\r\n--', '\rx']) {
    const content = unit.repeat(Math.floor(size / unit.length));
    const text = `${start}${content}\r\n--${boundary}--`;
    const before = process.cpuUsage();
    const all = parts([text], { maxBytes: 10_000_000, maxFileBytes: 10_000_000 }, type);
    for await (const part of all) expect(await part.bytes()).toHaveLength(content.length);
    const { user, system } = process.cpuUsage(before);
    took.push((user + system) / 1000);
  }
  // Even the worst takes far less than a second, where a search that goes back would take a minute.
  for (const ms of took) expect(ms).toBeLessThan(1500);
});
