/** countSent: counts the bytes of an answer that a host sends by itself. */
import type { NodeSource } from './node-source.ts';

/** Counts into the source what is written to its response from now on. */
export function countSent(source: NodeSource): void {
  const { res } = source;
  const count = ([chunk, encoding]: readonly unknown[]): void => {
    if (source.method === 'HEAD') return;
    if (chunk instanceof Uint8Array) source.sentBytes += chunk.byteLength;
    else if (typeof chunk === 'string') source.sentBytes += sizeOf(chunk, encoding);
  };
  for (const name of ['write', 'end'] as const) {
    const send = res[name] as (...parameters: unknown[]) => unknown;
    const counted = (...parameters: unknown[]): unknown => {
      count(parameters);
      return send.apply(res, parameters);
    };
    Object.defineProperty(res, name, { value: counted, writable: true, configurable: true });
  }
}

function sizeOf(text: string, encoding: unknown): number {
  const known = typeof encoding === 'string' ? (encoding as BufferEncoding) : 'utf8';
  return Buffer.byteLength(text, known);
}
