/** Messages that break no rule, with what they mean: all the odd things that are right, and nothing that is wrong. */
import fc from 'fast-check';
import type { ReadMessage } from './reading.ts';

/** Bytes, and what is to be read of them. */
export interface Meant {
  readonly bytes: Buffer;
  readonly messages: readonly ReadMessage[];
}

/** A part of a message as it is written, and what it means. */
interface Part<T> {
  readonly text: string;
  readonly means: T;
}
type Parts<T> = fc.Arbitrary<Part<T>>;

const blanks = fc.constantFrom('', ' ', '\t', ' \t  ');
const name = fc
  .stringMatching(/^[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,12}$/)
  .filter((text) => !SPECIAL.test(text));
const SPECIAL =
  /^(?:connection|content-length|expect|host|keep-alive|proxy-connection|te|trailer|transfer-encoding|upgrade)$/i;
const value = fc.stringMatching(
  /^(?:[\x21-\x7e\x80-\xff](?:[\t\x20-\x7e\x80-\xff]{0,16}[\x21-\x7e\x80-\xff])?)?$/,
);

const header: Parts<readonly string[]> = fc
  .tuple(name, blanks, value, blanks)
  .map(([name, before, value, after]) => ({
    text: `${name}:${before}${value}${after}\r\n`,
    means: [name, value],
  }));
const headers = all(fc.array(header, { maxLength: 4 }));

function all(list: fc.Arbitrary<readonly Part<readonly string[]>[]>): Parts<readonly string[]> {
  return list.map((parts) => ({
    text: parts.map(({ text }) => text).join(''),
    means: parts.flatMap(({ means }) => means),
  }));
}

/** A header whose name is written in some case. */
const named = (name: string, values: fc.Arbitrary<string>): Parts<readonly string[]> =>
  fc
    .tuple(
      fc.constantFrom(name, name.toLowerCase(), name.toUpperCase()),
      values,
      fc.constantFrom('', ' ', '\t'),
    )
    .map(([name, value, before]) => ({
      text: `${name}:${before}${value}\r\n`,
      means: [name, value],
    }));

const bytes = (minLength: number): fc.Arbitrary<string> =>
  fc
    .uint8Array({ minLength, maxLength: 600, size: 'medium' })
    .map((array) => Buffer.from(array).toString('latin1'));

const hex = (size: number): fc.Arbitrary<string> =>
  fc.tuple(fc.boolean(), fc.nat({ max: 13 })).map(([isUpper, zeros]) => {
    const digits = size.toString(16);
    return '0'.repeat(zeros) + (isUpper ? digits.toUpperCase() : digits);
  });
const token = fc.stringMatching(/^[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,6}$/);
const quoted = fc.stringMatching(
  /^"(?:[\t\x20-\x21\x23-\x5b\x5d-\x7e\x80-\xff]|\\[\t\x20-\x7e\x80-\xff]){0,6}"$/,
);
const extension = fc
  .tuple(token, fc.option(fc.oneof(token, quoted)))
  .map(([name, value]) => (value === null ? `;${name}` : `;${name}=${value}`));
const extensions = fc.array(extension, { maxLength: 2 }).map((list) => list.join(''));
const sized = (size: number): fc.Arbitrary<string> =>
  fc.tuple(hex(size), extensions).map(([digits, more]) => `${digits}${more}\r\n`);
const chunk: Parts<string> = bytes(1).chain((data) =>
  sized(data.length).map((line) => ({ text: `${line}${data}\r\n`, means: data })),
);

interface Body {
  readonly header: Part<readonly string[]>;
  readonly body: Part<string>;
  readonly trailers: readonly string[];
}
const NONE: Part<readonly string[]> = { text: '', means: [] };

const bodiless: fc.Arbitrary<Body> = fc.constant({
  header: NONE,
  body: { text: '', means: '' },
  trailers: [],
});
const counted: fc.Arbitrary<Body> = fc
  .tuple(bytes(0), fc.constantFrom('', '0', '0000'))
  .chain(([data, zeros]) =>
    named('Content-Length', fc.constant(`${zeros}${data.length}`)).map((header) => ({
      header,
      body: { text: data, means: data },
      trailers: [],
    })),
  );
const chunked: fc.Arbitrary<Body> = fc
  .tuple(
    named('Transfer-Encoding', fc.constantFrom('chunked', 'Chunked', 'CHUNKED')),
    fc.array(chunk, { maxLength: 4 }),
    sized(0),
    all(fc.array(header, { maxLength: 2 })),
  )
  .map(([header, chunks, last, trailers]) => ({
    header,
    body: {
      text: `${chunks.map(({ text }) => text).join('')}${last}${trailers.text}\r\n`,
      means: chunks.map(({ means }) => means).join(''),
    },
    trailers: trailers.means,
  }));
const untilClose: fc.Arbitrary<Body> = bytes(0).map((data) => ({
  header: NONE,
  body: { text: data, means: data },
  trailers: [],
}));

interface Message {
  readonly text: string;
  readonly means: ReadMessage;
}

type Line = Part<readonly (string | number)[]> & { readonly version: '1.0' | '1.1' };

/** A message of a first line, its headers, some more, and a body. */
const message = (
  line: fc.Arbitrary<Line>,
  own: Parts<readonly string[]>,
  body: fc.Arbitrary<Body>,
): fc.Arbitrary<Message> =>
  fc
    .tuple(line, own, headers, body, headers)
    .map(([line, own, some, { header, body, trailers }, more]) => ({
      text: `${line.text}\r\n${some.text}${own.text}${header.text}${more.text}\r\n${body.text}`,
      means: {
        line: line.means,
        version: line.version,
        headers: [...some.means, ...own.means, ...header.means, ...more.means],
        body: body.means,
        trailers,
      },
    }));

const host = fc.oneof(
  fc.stringMatching(/^(?:[a-zA-Z0-9\-._~!$&'()*+;=]|%[0-9a-fA-F]{2}){1,12}(?::\d{0,4})?$/),
  fc.ipV4(),
  fc.ipV6().map((address) => `[${address}]:65535`),
);
const path = fc.stringMatching(/^\/[\x21\x22\x24-\x7e]{0,20}$/);
const method = fc.constantFrom(
  'GET',
  'POST',
  'PUT',
  'DELETE',
  'PATCH',
  'HEAD',
  'OPTIONS',
  'REPORT',
  'M-SEARCH',
);
const requestLine = (version: '1.0' | '1.1', target: fc.Arbitrary<string>): fc.Arbitrary<Line> =>
  fc.tuple(fc.constantFrom('', '', '\r\n'), method, target).map(([before, method, target]) => ({
    text: `${before}${method} ${target} HTTP/${version}`,
    means: [method, target],
    version,
  }));

const ordinary = host.chain((host) =>
  message(
    requestLine(
      '1.1',
      fc.oneof(
        path,
        path,
        path.map((path) => `http://${host}${path}`),
      ),
    ),
    named('Host', fc.constant(host)),
    fc.oneof(bodiless, counted, chunked),
  ),
);
const old = message(
  requestLine('1.0', path),
  named('Connection', fc.constantFrom('keep-alive', 'Keep-Alive', 'x, keep-alive')),
  fc.oneof(bodiless, counted),
);
const asterisk = message(
  fc.constant({ text: 'OPTIONS * HTTP/1.1', means: ['OPTIONS', '*'], version: '1.1' }),
  named('Host', host),
  bodiless,
);

/** Requests, one behind the other. */
export const legalRequests: fc.Arbitrary<Meant> = fc
  .array(
    fc.oneof(
      { weight: 8, arbitrary: ordinary },
      { weight: 1, arbitrary: old },
      { weight: 1, arbitrary: asterisk },
    ),
    {
      minLength: 1,
      maxLength: 4,
    },
  )
  .map(together);

const statusLine: fc.Arbitrary<Line> = fc
  .tuple(
    fc.constantFrom('1.1' as const, '1.1' as const, '1.0' as const),
    fc.integer({ min: 200, max: 599 }).filter((status) => status !== 204 && status !== 304),
    fc.stringMatching(/^(?: [\t\x20-\x7e\x80-\xff]{0,12})?$/),
  )
  .map(([version, status, reason]) => ({
    text: `HTTP/${version} ${status}${reason}`,
    means: [status],
    version,
  }));
const bodilessLine: fc.Arbitrary<Line> = fc.constantFrom(204, 304).map((status) => ({
  text: `HTTP/1.1 ${status} X`,
  means: [status],
  version: '1.1',
}));
const interim = message(
  fc.constantFrom(100, 102, 103, 199).map((status) => ({
    text: `HTTP/1.1 ${status} Wait`,
    means: [status],
    version: '1.1',
  })),
  fc.constant(NONE),
  bodiless,
);
const final = fc.oneof(
  { weight: 1, arbitrary: message(bodilessLine, fc.constant(NONE), bodiless) },
  { weight: 4, arbitrary: message(statusLine, fc.constant(NONE), fc.oneof(counted, untilClose)) },
  {
    weight: 4,
    arbitrary: message(
      statusLine.map((line) => ({
        ...line,
        text: line.text.replace('/1.0', '/1.1'),
        version: '1.1',
      })),
      fc.constant(NONE),
      chunked,
    ),
  },
);

/** A response, perhaps behind interim ones. */
export const legalResponses: fc.Arbitrary<Meant> = fc
  .tuple(fc.array(interim, { maxLength: 2 }), final)
  .map(([before, last]) => together([...before, last]));

function together(messages: readonly Message[]): Meant {
  return {
    bytes: Buffer.from(messages.map(({ text }) => text).join(''), 'latin1'),
    messages: messages.map(({ means }) => means),
  };
}
