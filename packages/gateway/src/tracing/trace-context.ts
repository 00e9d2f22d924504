/** TraceContext: the place of a request in its trace. */
import type { TraceParent } from './traceparent.ts';

/** The trace that a request belongs to, and its own span in it. */
export interface TraceContext extends TraceParent {
  /** The span of whoever sent the request, if that is known and believed. */
  readonly parentSpanId: string | undefined;
  /** What other systems keep for themselves along the trace. */
  readonly traceState: string | undefined;
}

const POOL_BYTES = 4096;
const pool = new Uint8Array(POOL_BYTES);
let used = POOL_BYTES;
const HEX: readonly string[] = Array.from({ length: 256 }, (_, byte) =>
  byte.toString(16).padStart(2, '0'),
);

/** A new id of so many bytes in hexadecimal digits, of which chance alone decides, and which is never all 0. */
export function newTraceId(bytes: 8 | 16): string {
  if (used + bytes > POOL_BYTES) {
    crypto.getRandomValues(pool);
    used = 0;
  }
  let id = '';
  let sum = 0;
  for (let at = 0; at < bytes; at++) {
    const byte = pool[used++] as number;
    sum += byte;
    id += HEX[byte];
  }
  return sum === 0 ? newTraceId(bytes) : id;
}
