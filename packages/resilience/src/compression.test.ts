/** Tests of compression: what is made smaller, for whom, and that it can be read again. */
import { pipeline } from '@interpose/kernel';
import { middlewareContract } from '@interpose/testing';
import { describe, expect, test } from 'vitest';
import {
  acceptedEncoding,
  type Compressed,
  compression,
  type CompressionOptions,
} from './compression.ts';

interface Call {
  readonly accept?: string;
}

type Result = string | Uint8Array | object | Compressed;

const options: CompressionOptions<Call, Result> = {
  accepts: ({ accept }) => accept,
  write: (compressed) => compressed,
};

for (const law of middlewareContract(() => compression<Call, unknown>(options as never))) {
  test(`compression ${law.name}`, law.check);
}

const textOf = async ({ bytes, encoding }: Compressed): Promise<string> => {
  const packed = new Blob([bytes as Uint8Array<ArrayBuffer>]).stream();
  return new Response(packed.pipeThrough(new DecompressionStream(encoding))).text();
};

const serve = (result: Result, more: Partial<CompressionOptions<Call, Result>> = {}) =>
  pipeline<Call, Result>()
    .use(compression({ ...options, ...more }))
    .handle(() => result);

const long = 'to be or not to be '.repeat(200);

describe('compression', () => {
  test.each(['gzip', 'deflate'] as const)(
    'M-129 makes a long text smaller with %s, and it can be read again',
    async (accept) => {
      const answer = (await serve(long)({ accept })) as Compressed;
      expect(answer.encoding).toBe(accept);
      expect(answer.bytes.length).toBeLessThan(long.length / 10);
      expect(await textOf(answer)).toBe(long);
    },
  );

  test('M-129 leaves alone what nobody accepts, what is short, and what does not become smaller', async () => {
    const noise = crypto.getRandomValues(new Uint8Array(4096));
    expect(await serve(long)({})).toBe(long);
    expect(await serve(long)({ accept: 'br, gzip;q=0' })).toBe(long);
    expect(await serve('short')({ accept: 'gzip' })).toBe('short');
    expect(await serve(noise)({ accept: 'gzip' })).toBe(noise);
    const object = { long };
    expect(await serve(object)({ accept: 'gzip' })).toBe(object);
  });

  test('M-129 the option says from when on it is worth it, and what of a result is meant', async () => {
    const short = 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa';
    expect(await serve(short, { minBytes: 10 })({ accept: 'gzip' })).toMatchObject({
      encoding: 'gzip',
    });
    const read = (result: Result): string => JSON.stringify(result);
    const answer = (await serve({ long }, { read })({ accept: 'gzip' })) as Compressed;
    expect(JSON.parse(await textOf(answer))).toEqual({ long });
  });

  test('options that are wrong are refused', () => {
    expect(() => compression({ write: (one: unknown) => one } as never)).toThrow(
      'Expected `accepts` to be a function',
    );
    expect(() => compression({ ...options, minBytes: -1 })).toThrow(RangeError);
    expect(() => compression({ ...options, level: 9 } as never)).toThrow('Unknown option `level`');
  });
});

test.each<[header: string | undefined, encoding: string | undefined]>([
  [undefined, undefined],
  ['', undefined],
  ['gzip', 'gzip'],
  ['X-GZIP', 'gzip'],
  ['deflate, gzip', 'gzip'],
  ['deflate;q=1, gzip;q=0.5', 'deflate'],
  ['*', 'gzip'],
  ['*;q=0.5, gzip;q=0', 'deflate'],
  ['br', undefined],
  ['identity, gzip;q=0.5', undefined],
  ['gzip;q=2', undefined],
  ['gzip;q=abc', undefined],
  ['gzip; q=0.001', 'gzip'],
])('of "%s" it takes %s', (header, encoding) => {
  expect(acceptedEncoding(header)).toBe(encoding);
});
