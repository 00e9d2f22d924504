/** traceparent: which trace a request belongs to, as W3C Trace Context writes it in one header. */

/** What a `traceparent` says. */
export interface TraceParent {
  /** 32 hexadecimal digits in lower case, not all of them 0. */
  readonly traceId: string;
  /** 16 of them: the span of whoever sent the header. */
  readonly spanId: string;
  /** Whether the sender keeps what it knows of this trace. */
  readonly sampled: boolean;
}

const SHAPE = /^([\da-f]{2})-([\da-f]{32})-([\da-f]{16})-([\da-f]{2})(?:-.*)?$/;
const LENGTH = 55;
const SAMPLED = 1;
const NO_TRACE = '0'.repeat(32);
const NO_SPAN = '0'.repeat(16);

/** Reads the header; `undefined` for what is none. Of versions to come only what they share with the first is read. */
export function readTraceparent(text: string): TraceParent | undefined {
  const [, version, traceId = '', spanId = '', flags = ''] = SHAPE.exec(text) ?? [];
  if (version === undefined || version === 'ff') return undefined;
  // The first version ends where its flags end.
  if (version === '00' && text.length !== LENGTH) return undefined;
  if (traceId === NO_TRACE || spanId === NO_SPAN) return undefined;
  return { traceId, spanId, sampled: (parseInt(flags, 16) & SAMPLED) !== 0 };
}

/** The header that says so. */
export function traceparentOf({ traceId, spanId, sampled }: TraceParent): string {
  return `00-${traceId}-${spanId}-${sampled ? '01' : '00'}`;
}
