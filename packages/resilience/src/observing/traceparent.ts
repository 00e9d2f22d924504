/** W3C Trace Context: reads and writes the headers `traceparent` and `tracestate`, strictly by the recommendation. */

/** Where a call stands in a trace that goes through many processes. */
export interface TraceContext {
  /** 32 hexadecimal digits in lower case, not all zero. */
  readonly traceId: string;
  /** 16 hexadecimal digits in lower case, not all zero. */
  readonly spanId: string;
  /** Whether whoever called may have recorded it. */
  readonly sampled: boolean;
  /** What systems of other makers want to be handed on, as they wrote it. */
  readonly traceState?: string;
}

/** Version, trace, span, flags; what comes behind in versions to come, behind a hyphen of its own. */
const TRACEPARENT = /^([\da-f]{2})-([\da-f]{32})-([\da-f]{16})-([\da-f]{2})(-.*)?$/s;
const ZEROS = /^0+$/;
const SAMPLED = 1;

/** Reads a `traceparent`; `undefined` if it is none that may be used. */
export function parseTraceparent(header: unknown): TraceContext | undefined {
  if (typeof header !== 'string') return undefined;
  const [, version, traceId = '', spanId = '', flags = '', more] = TRACEPARENT.exec(header) ?? [];
  if (version === undefined || version === 'ff') return undefined;
  // Of version 00 it is known that nothing comes behind.
  if (version === '00' && more !== undefined) return undefined;
  if (ZEROS.test(traceId) || ZEROS.test(spanId)) return undefined;
  return { traceId, spanId, sampled: (Number.parseInt(flags, 16) & SAMPLED) === SAMPLED };
}

/** Writes a `traceparent`, always of version 00. */
export function formatTraceparent({ traceId, spanId, sampled }: TraceContext): string {
  return `00-${traceId}-${spanId}-${sampled ? '01' : '00'}`;
}

const SIMPLE_KEY = /^[a-z][\w*/-]{0,255}$/;
const TENANT_KEY = /^[a-z\d][\w*/-]{0,240}@[a-z][\w*/-]{0,13}$/;
/** Printable, without comma and equals sign, and no space at the end. */
const VALUE = /^[\x20-\x2b\x2d-\x3c\x3e-\x7e]{0,255}[\x21-\x2b\x2d-\x3c\x3e-\x7e]$/;
const MOST_MEMBERS = 32;

/** Reads a `tracestate` and gives it back without white space and empty members; `undefined` if it has none, or one that is wrong. */
export function parseTracestate(header: unknown): string | undefined {
  if (typeof header !== 'string') return undefined;
  const members = header
    .split(',')
    .map((member) => member.replaceAll(/^[ \t]+|[ \t]+$/g, ''))
    .filter((member) => member !== '');
  const keys = members.map((member) => member.slice(0, Math.max(0, member.indexOf('='))));
  const right =
    members.length > 0 &&
    members.length <= MOST_MEMBERS &&
    new Set(keys).size === keys.length &&
    members.every((member, index) => isMember(member, keys[index] as string));
  return right ? members.join(',') : undefined;
}

function isMember(member: string, key: string): boolean {
  // \w has capitals as well, which keys must not have.
  const isKey = key === key.toLowerCase() && (SIMPLE_KEY.test(key) || TENANT_KEY.test(key));
  return isKey && VALUE.test(member.slice(key.length + 1));
}
