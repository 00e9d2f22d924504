/** Which requests may leave HTTP for another protocol, and how they do. */
import { HttpError } from '@interpose/http';
import { takeAnswer, type UpstreamAnswer, UpstreamFailedError } from '@interpose/http/proxy';
import type { Clock } from '@interpose/kernel';
import type { GatewayRequest } from '../context.ts';
import { Tunnel } from './tunnel.ts';

/** What a tunnel gets from the gateway instead of reaching for it. */
export interface TunnelServices {
  readonly clock: Clock;
  readonly random: () => number;
}

const DEFAULT_UPGRADES: readonly string[] = ['websocket'];
const IDLE_MS = 300_000;
const KEY = /^[+/\dA-Za-z]{22}==$/;

/**
 * The protocol that the upstream is to be asked for: the one that the client asks for, if its route lets it pass. Without it the request is
 * one like any other.
 *
 * @throws HttpError 400 for a handshake that is none, 426 for one of another version
 */
export function upgradeOf(ctx: GatewayRequest): string | undefined {
  const { upgrade } = ctx;
  if (upgrade === undefined || ctx.method !== 'GET') return undefined;
  const protocol = upgrade.trim().toLowerCase();
  if (!(ctx.route?.upgrades ?? DEFAULT_UPGRADES).includes(protocol)) return undefined;
  if (protocol === 'websocket') checkHandshake(ctx);
  return protocol;
}

function checkHandshake({ headers }: GatewayRequest): void {
  if (headers.get('sec-websocket-version') !== '13') {
    throw new HttpError(426, 'Only version 13 of WebSocket is spoken here', {
      code: 'WEBSOCKET_VERSION',
      headers: { Upgrade: 'websocket', 'Sec-WebSocket-Version': '13' },
    });
  }
  if (!KEY.test(headers.get('sec-websocket-key') ?? '')) {
    throw new HttpError(400, 'The handshake of the WebSocket is malformed', {
      code: 'INVALID_HANDSHAKE',
    });
  }
}

/**
 * Makes what the upstream has answered the answer, and the connection its body where it speaks the other protocol already.
 *
 * @throws UpstreamFailedError if it speaks another one than it was asked for
 */
export function takeUpstreamAnswer(
  ctx: GatewayRequest,
  { answer, switched }: UpstreamAnswer,
  { clock, random }: TunnelServices,
): void {
  const { response } = ctx;
  if (!switched) return takeAnswer(response, answer);
  const protocol = answer.header('upgrade')?.trim() ?? '';
  if (protocol.toLowerCase() !== ctx.upgrade?.trim().toLowerCase()) {
    switched.socket.destroy();
    const cause = new Error(`It switched to ${JSON.stringify(protocol)}`);
    throw new UpstreamFailedError(cause, 'UPSTREAM_PROTOCOL_ERROR');
  }
  takeAnswer(response, answer);
  response.headers.set('Upgrade', protocol);
  response.headers.delete('Content-Length');
  response.body = new Tunnel(switched, {
    protocol: protocol.toLowerCase(),
    idleMs: ctx.route?.upgradeIdleMs ?? IDLE_MS,
    clock,
    random,
    onSettled: (listener) => ctx.onSettled(listener),
  });
}
