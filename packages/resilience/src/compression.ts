/** compression: makes results smaller for callers who accept it, where it is worth it. */
import { define, type Middleware } from '@interpose/kernel';
import { checkNames, checkWhole, unexpected } from '@interpose/kernel/options';
import { checkFunction } from './policy.ts';

/** What the platform can compress with, by the names that HTTP has for it. */
export type Encoding = 'gzip' | 'deflate';

const ENCODINGS: readonly Encoding[] = ['gzip', 'deflate'];

/** A result that has become smaller. */
export interface Compressed {
  readonly encoding: Encoding;
  readonly bytes: Uint8Array;
}

/** Options of `compression`. */
export interface CompressionOptions<C, R> {
  /** What the caller accepts, as in an `Accept-Encoding` header; `undefined`: nothing. */
  readonly accepts: (ctx: C) => string | undefined;
  /** What of a result is to be made smaller; `undefined` leaves it as it is, which is right for streams. @default texts and bytes */
  readonly read?: (result: R) => string | Uint8Array | undefined;
  /** Makes a result of what has become smaller. */
  readonly write: (compressed: Compressed, result: R, ctx: C) => R;
  /** Below this, in bytes, it is not worth the work. @default 1024 */
  readonly minBytes?: number;
}

/**
 * Makes results smaller, if the caller accepts it, if they are large enough, and if they do become smaller.
 *
 * @throws TypeError or RangeError for options out of range
 * @example
 * compression({ accepts: ({ headers }) => headers['accept-encoding'], write: ({ encoding, bytes }) => ({ encoding, body: bytes }) });
 */
export function compression<C, R>(options: CompressionOptions<C, R>): Middleware<C, R> {
  checkNames('compression()', options, ['accepts', 'read', 'write', 'minBytes']);
  const { accepts, read = plain, write } = options;
  for (const [name, value] of Object.entries({ accepts, write })) {
    if (typeof value !== 'function') throw unexpected(name, 'a function', value);
  }
  checkFunction('read', read);
  const minBytes = checkWhole('minBytes', options.minBytes ?? 1024);
  return define(
    { name: 'compression', description: 'Makes results smaller for callers who accept it.' },
    async function compression(ctx, next) {
      const encoding = acceptedEncoding(accepts(ctx));
      const result = await next(ctx);
      if (!encoding) return result;
      const content = read(result);
      if (content === undefined) return result;
      const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content;
      if (bytes.length < minBytes) return result;
      const smaller = await compressed(bytes, encoding);
      return smaller.length < bytes.length
        ? write({ encoding, bytes: smaller }, result, ctx)
        : result;
    },
  );
}

/** Of what a caller accepts, the one that it likes best; of equals, the one that packs better. See RFC 9110, 12.5.3. */
export function acceptedEncoding(header: string | undefined): Encoding | undefined {
  const weights = new Map<string, number>();
  for (const part of header?.split(',') ?? []) {
    const [name = '', ...parameters] = part.split(';').map((text) => text.trim().toLowerCase());
    const weight = parameters.find((text) => text.startsWith('q='))?.slice(2);
    // What is no weight is taken as a no: a result that cannot be read is worse than a long one.
    const value =
      weight === undefined ? 1 : /^(0(\.\d{0,3})?|1(\.0{0,3})?)$/.test(weight) ? Number(weight) : 0;
    weights.set(name === 'x-gzip' ? 'gzip' : name, value);
  }
  const weightOf = (name: string): number => weights.get(name) ?? weights.get('*') ?? 0;
  const identity = weights.get('identity') ?? 0;
  const [best] = ENCODINGS.filter(
    (name) => weightOf(name) > 0 && weightOf(name) >= identity,
  ).toSorted((one, other) => weightOf(other) - weightOf(one));
  return best;
}

const plain = (result: unknown): string | Uint8Array | undefined =>
  typeof result === 'string' || result instanceof Uint8Array ? result : undefined;

async function compressed(bytes: Uint8Array, encoding: Encoding): Promise<Uint8Array> {
  const source = new Blob([bytes as Uint8Array<ArrayBuffer>]).stream();
  const packed = source.pipeThrough(new CompressionStream(encoding));
  return new Uint8Array(await new Response(packed).arrayBuffer());
}
