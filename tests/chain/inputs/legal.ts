/** Sound requests by chance, in every form that is allowed, with what they are to come to. */
import fc from 'fast-check';
import type { Verdict, Wanted } from '../judge.ts';

/** Sound bytes, and what they are. */
export interface LegalInput {
  readonly bytes: string;
  readonly verdict: Verdict;
}

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const TOKEN = `!#$%&'*+-.^_\`|~0123456789${LETTERS}`;
const VISIBLE = String.fromCharCode(...Array.from({ length: 94 }, (_, at) => at + 0x21));
const UPPER_HALF = String.fromCharCode(...Array.from({ length: 128 }, (_, at) => at + 0x80));

const text = (signs: string, minLength: number, maxLength: number): fc.Arbitrary<string> =>
  fc.string({ unit: fc.constantFrom(...signs.split('')), minLength, maxLength });

const blank = text(' \t', 0, 3);
const target = text(VISIBLE.replace('#', ''), 0, 30).map((rest) => `/${rest}`);
const method = fc.oneof(
  fc.constantFrom('GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS'),
  text('ABCDEFGHIJKLMNOPQRSUVWXYZ-_', 1, 12),
);
const host = fc.constantFrom(
  'a.example',
  'A.example:8080',
  '[::1]',
  '127.0.0.1:1',
  'a-b_c.example.',
);
const value = text(` \t${VISIBLE}${UPPER_HALF}`, 0, 30).map((raw) =>
  raw.replaceAll(/^[\t ]+|[\t ]+$/g, ''),
);
// No name that means something begins with a z.
const field = fc
  .tuple(fc.constantFrom('z', 'Z'), text(TOKEN, 0, 12), blank, value, blank)
  .map(([first, rest, before, content, behind]) => ({
    line: `${first}${rest}:${before}${content}${behind}`,
    name: (first + rest).toLowerCase(),
    content,
  }));

const anyBytes = fc
  .uint8Array({ minLength: 1, maxLength: 60 })
  .map((bytes) => String.fromCharCode(...bytes));
const zeros = text('0', 0, 4);
const quoted = text(`\t ${VISIBLE.replaceAll(/["\\]/g, '')}${UPPER_HALF}`, 0, 8).map(
  (raw) => `"${raw}\\""`,
);
const extension = fc.oneof(
  { weight: 4, arbitrary: fc.constant('') },
  {
    weight: 1,
    arbitrary: fc
      .tuple(text(TOKEN, 1, 5), fc.oneof(text(TOKEN, 1, 5), quoted))
      .map(([name, content]) => `;${name}=${content}`),
  },
);
const chunk = fc
  .tuple(zeros, anyBytes, extension, fc.boolean())
  .map(([padding, data, more, isLarge]) => {
    const size = data.length.toString(16);
    return {
      data,
      bytes: `${padding}${isLarge ? size.toUpperCase() : size}${more}\r\n${data}\r\n`,
    };
  });

/** What stands in the head and behind it for a body. */
const body = fc.oneof(
  fc.constant({ line: [] as string[], bytes: '', data: '' }),
  fc.tuple(zeros, anyBytes).map(([padding, data]) => ({
    line: [`Content-Length: ${padding}${data.length}`],
    bytes: data,
    data,
  })),
  fc
    .tuple(fc.array(chunk, { maxLength: 4 }), extension, fc.array(field, { maxLength: 2 }))
    .map(([chunks, more, trailers]) => ({
      line: ['tRansfer-Encoding:chunkeD'],
      bytes: `${chunks.map(({ bytes }) => bytes).join('')}0${more}\r\n${trailers.map(({ line }) => `${line}\r\n`).join('')}\r\n`,
      data: chunks.map(({ data }) => data).join(''),
    })),
);

const request = fc
  .record({
    method,
    target,
    host,
    fields: fc.array(field, { maxLength: 6 }),
    body,
    isHostLast: fc.boolean(),
  })
  .map(({ method, target, host, fields, body, isHostLast }) => {
    const lines = [...body.line, ...fields.map(({ line }) => line)];
    const all = isHostLast ? [...lines, `Host:${host}`] : [`Host: ${host}`, ...lines];
    const expected = new Map<string, string>([['host', host]]);
    for (const { name, content } of fields) {
      const before = expected.get(name);
      expected.set(name, before === undefined ? content : `${before}, ${content}`);
    }
    const trimmed = [...expected].map(([name, content]) => [name, content.trim()] as const);
    const wanted: Wanted = { method, target, body: body.data, fields: Object.fromEntries(trimmed) };
    return {
      bytes: `${method} ${target} HTTP/1.1\r\n${all.join('\r\n')}\r\n\r\n${body.bytes}`,
      wanted,
    };
  });

/** Up to three sound requests, one behind the other. */
export const legalInput: fc.Arbitrary<LegalInput> = fc
  .array(request, { minLength: 1, maxLength: 3 })
  .map((requests) => ({
    bytes: requests.map(({ bytes }) => bytes).join(''),
    verdict: { accepted: requests.map(({ wanted }) => wanted) },
  }));
