/** The handshake of a WebSocket (RFC 6455 section 4.2.1): what a request has to say, and how it is refused. */
import type { HttpContext } from '../context/context.ts';
import { HttpError } from '../errors.ts';
import { isTokenName } from '../context/headers.ts';

/** What a handshake needs to know of a request. */
export type HandshakeContext = Pick<
  HttpContext,
  'method' | 'version' | 'upgrade' | 'headers' | 'requestBody' | 'response'
>;

/** What a request for a WebSocket says. */
export interface Handshake {
  readonly key: string;
  /** The subprotocols that the client speaks, the one it likes best first. */
  readonly protocols: readonly string[];
  /** The extensions that it offers. */
  readonly extensions: string | undefined;
}

const KEY = /^[+/0-9A-Za-z]{22}==$/;
const UPGRADE = { Upgrade: 'websocket' };

/**
 * Reads a handshake.
 *
 * @throws HttpError 426 if it is none or of another version, 400 if it is malformed or came by HTTP/2, 501 if the connection cannot be handed over
 */
export function readHandshake(ctx: HandshakeContext): Handshake {
  const { headers } = ctx;
  checkUpgrade(ctx);
  if (headers.get('sec-websocket-version') !== '13') {
    throw new HttpError(426, 'Only version 13 of WebSocket is spoken here', {
      code: 'WEBSOCKET_VERSION',
      headers: { ...UPGRADE, 'Sec-WebSocket-Version': '13' },
    });
  }
  const key = headers.get('sec-websocket-key') ?? '';
  if (!KEY.test(key)) throw malformed('The key of the handshake is missing or malformed');
  return { key, protocols: protocolsOf(ctx), extensions: headers.get('sec-websocket-extensions') };
}

function checkUpgrade({ method, version, upgrade, headers, requestBody }: HandshakeContext): void {
  if (version === '2.0') {
    throw new HttpError(400, 'A WebSocket begins with an upgrade, which HTTP/1.1 alone has', {
      code: 'WEBSOCKET_NEEDS_HTTP_1',
    });
  }
  if (method === 'GET' && namesWebSocket(upgrade)) return;
  const isAsked = method === 'GET' && namesWebSocket(headers.get('upgrade')) && !requestBody;
  if (isAsked && version === '1.1' && /\bupgrade\b/i.test(headers.get('connection') ?? '')) {
    throw new HttpError(501, 'Connections cannot be handed over here');
  }
  throw new HttpError(426, 'This address speaks WebSocket', { headers: UPGRADE });
}

function namesWebSocket(upgrade = ''): boolean {
  return upgrade.split(',').some((name) => name.trim().toLowerCase() === 'websocket');
}

function protocolsOf({ headers }: HandshakeContext): readonly string[] {
  const text = headers.get('sec-websocket-protocol');
  if (text === undefined) return [];
  const names = text.split(',').map((name) => name.trim());
  if (!names.every(isTokenName) || new Set(names).size < names.length) {
    throw malformed('The subprotocols of the handshake are malformed');
  }
  return names;
}

/** What a malformed handshake is answered with. */
export function malformed(detail: string): HttpError {
  return new HttpError(400, detail, { code: 'INVALID_HANDSHAKE' });
}
