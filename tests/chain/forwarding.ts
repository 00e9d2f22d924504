/** What the minimal proxy makes of a parsed request: the target in origin-form, and the fields that go further. */

/** The part of a request that is forwarded. */
export interface Onward {
  readonly target: string;
  /** Names and values in turn. */
  readonly headers: readonly string[];
}

/** Fields that belong to one connection, and those that the proxy writes itself. */
const OWN_CONNECTION = new Set([
  'connection',
  'content-length',
  'expect',
  'host',
  'http2-settings',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'x-chain-id',
]);

/** Fields that a client cannot have removed by naming them in `Connection`. */
const ESSENTIAL = /^(?:authorization|cookie|x-forwarded-.*)$/;

/** What an origin is called by a client of HTTP/1.0 that names no host. */
export const NAMELESS = 'origin.example';

/** Translates a request for the origin, numbered so that it is known again everywhere. */
export function onward(target: string, rawHeaders: readonly string[], id: string): Onward {
  const absolute = /^https?:\/\/([^/?]*)(.*)$/is.exec(target);
  const named = new Set<string>();
  let host: string = NAMELESS;
  for (const [name, value] of inPairs(rawHeaders)) {
    if (name === 'host') host = value;
    if (name !== 'connection') continue;
    for (const one of value.split(',')) named.add(one.trim().toLowerCase());
  }
  const kept = inPairs(rawHeaders).flatMap(([name, value, written]) =>
    OWN_CONNECTION.has(name) || (named.has(name) && !ESSENTIAL.test(name)) ? [] : [written, value],
  );
  const rest = absolute?.[2] ?? target;
  return {
    target: absolute && !rest.startsWith('/') ? `/${rest}` : rest,
    headers: ['Host', absolute?.[1] ?? host, ...kept, 'X-Chain-Id', id],
  };
}

/** The fields of an answer that go back, with the number of the request that they are for. */
export function backward(rawHeaders: readonly string[], id: string, method: string): string[] {
  const kept = inPairs(rawHeaders).flatMap(([name, value, written]) =>
    name !== 'content-length' && (OWN_CONNECTION.has(name) || name === 'x-chain-method')
      ? []
      : [written, value],
  );
  return [...kept, 'X-Chain-Id', id, 'X-Chain-Method', method];
}

function inPairs(raw: readonly string[]): readonly (readonly [string, string, string])[] {
  return raw.flatMap((name, at) =>
    at % 2 ? [] : [[name.toLowerCase(), raw[at + 1] ?? '', name] as const],
  );
}
