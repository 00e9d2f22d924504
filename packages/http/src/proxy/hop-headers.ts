/** What must not travel on: headers about one connection, and headers that claim to come from a gateway. */
import type { HeaderList } from '../context/headers.ts';

const HOP_BY_HOP: ReadonlySet<string> = new Set([
  'connection',
  'http2-settings',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** Headers that a client cannot have removed by naming them in `Connection`. */
const PROTECTED =
  /^(?:host|content-length|authorization|cookie|x-forwarded-.*|x-request-id|x-consumer-.*)$/;

/** What only a gateway may say, also with underscores, which some upstreams read as dashes. */
const CLAIMS = /^(?:forwarded|x-real-ip|x-forwarded-.*|x-consumer-.*)$/;

/** What nearly every `Connection` says, which names no header that is not dropped anyway. */
const USUAL = /^(?:keep-alive|close|upgrade)$/i;

/** Takes out the headers of one connection, with those that `Connection` names. */
export function dropHopHeaders(headers: HeaderList): void {
  const connection = headers.get('connection');
  if (connection === undefined || USUAL.test(connection)) return headers.deleteWhere(isHopByHop);
  const named = new Set(connection.split(',').map((name) => name.trim().toLowerCase()));
  headers.deleteWhere((name) => HOP_BY_HOP.has(name) || (named.has(name) && !PROTECTED.test(name)));
}

const isHopByHop = (name: string): boolean => HOP_BY_HOP.has(name);

/** Takes out what a client says of itself in the words of a gateway. */
export function dropClaims(headers: HeaderList): void {
  headers.deleteWhere(isClaim);
}

const isClaim = (name: string): boolean => {
  const first = name.charCodeAt(0);
  return (first === LETTER_X || first === LETTER_F) && CLAIMS.test(name.replaceAll('_', '-'));
};

const LETTER_X = 'x'.charCodeAt(0);
const LETTER_F = 'f'.charCodeAt(0);
