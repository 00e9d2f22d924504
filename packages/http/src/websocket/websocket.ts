/** webSocket: a route whose connection goes on as a WebSocket (RFC 6455). */
import { type Clock, isThenable } from '@interpose/kernel';
import { systemClock } from '@interpose/kernel/clock';
import { checkMs, checkNames, checkWhole, outOfRange, unexpected } from '@interpose/kernel/options';
import { CorsPolicy, type OriginTest } from '../cors-policy.ts';
import { isTokenName } from '../context/headers.ts';
import type { HttpResponse } from '../context/response.ts';
import { Takeover } from '../context/takeover.ts';
import { type Handshake, type HandshakeContext, readHandshake } from './handshake.ts';
import type { ServerSocket } from './server-socket.ts';
import { WsUpgrader } from './ws-library.ts';
import { type SocketLimits, WsSocket } from './ws-socket.ts';

export type { HandshakeContext } from './handshake.ts';
export type { Message } from './inbox.ts';
export type { ServerSocket, SocketEnd } from './server-socket.ts';

/** Options of `webSocket`. */
export interface WebSocketOptions<Ctx = unknown> {
  /**
   * The origins of other hosts whose pages may connect: `https://app.example.com`, all hosts below a name such as `https://*.example.com`,
   * or `*` alone; or a function that says so. Pages of the same host always may, and so may whoever is no browser. @default none
   */
  readonly origins?: readonly string[] | OriginTest;
  /**
   * The subprotocols that are spoken here, or a function that chooses one of those that the client offers. Where the client offers several,
   * the one that it names first counts. @default none
   */
  readonly protocols?:
    | readonly string[]
    | ((offered: readonly string[], ctx: Ctx) => string | undefined);
  /** How large a message may be; a larger one ends the connection with 1009. @default 1_048_576 */
  readonly maxPayloadBytes?: number;
  /** How much may wait to be taken by a client; who sends when there is more ends the connection with 1013. @default 1_048_576 */
  readonly maxBufferedBytes?: number;
  /** How long a client may be silent before it is asked whether it is there; 0: it is never asked. @default 30_000 */
  readonly heartbeatMs?: number;
  /** How long it has to answer that. @default 10_000 */
  readonly pongTimeoutMs?: number;
  /** How long there may be no message in either direction; then the connection ends with 1000. 0: for ever. @default 0 */
  readonly idleTimeoutMs?: number;
  /** How long a client may take nothing of what waits for it. @default 60_000 */
  readonly writeTimeoutMs?: number;
  /** How long a client has to agree to the end. @default 5_000 */
  readonly closeTimeoutMs?: number;
  /** Whether messages are compressed for clients that can do so, which takes memory and time. @default false */
  readonly perMessageDeflate?: boolean;
  /** @default systemClock */
  readonly clock?: Clock;
}

/** Has a WebSocket. It ends when this is done. */
export type WebSocketHandler<Ctx> = (socket: ServerSocket, ctx: Ctx) => unknown;

const NAMES: readonly (keyof WebSocketOptions)[] = [
  'origins',
  'protocols',
  'maxPayloadBytes',
  'maxBufferedBytes',
  'heartbeatMs',
  'pongTimeoutMs',
  'idleTimeoutMs',
  'writeTimeoutMs',
  'closeTimeoutMs',
  'perMessageDeflate',
  'clock',
];

/**
 * A handler of a route that has WebSockets in the place of answers. It needs the package `ws`.
 *
 * @throws TypeError or RangeError for options out of range
 * @example
 * const app = createApp().get(
 *   '/echo',
 *   webSocket(async (socket) => {
 *     for await (const message of socket) await socket.send(message);
 *   }),
 * );
 */
export function webSocket<Ctx extends HandshakeContext>(
  handler: WebSocketHandler<Ctx>,
  options: WebSocketOptions<Ctx> = {},
): (ctx: Ctx) => HttpResponse | Promise<HttpResponse> {
  if (typeof handler !== 'function') throw unexpected('handler', 'a function', handler);
  checkNames('webSocket()', options, NAMES);
  const limits = limitsOf(options);
  const origins = policyOf(options);
  const choose = chooserOf(options);
  const wsOptions = {
    maxPayloadBytes: checkWhole('maxPayloadBytes', options.maxPayloadBytes ?? 1024 * 1024, 1),
    perMessageDeflate: flagOf('perMessageDeflate', options.perMessageDeflate ?? false),
  };
  let upgrader: WsUpgrader | undefined;

  return function webSocket(ctx) {
    const handshake = readHandshake(ctx);
    const refusal = origins.refusalOf(ctx);
    if (refusal) throw refusal;
    const protocol = choose(handshake.protocols, ctx);
    const agree = (made: WsUpgrader): HttpResponse => {
      upgrader = made;
      made.check(handshake);
      return accept(ctx, { handshake, protocol, upgrader: made, limits, handler });
    };
    return upgrader ? agree(upgrader) : WsUpgrader.load(wsOptions).then(agree);
  };
}

/** All that is needed to go on with a connection. */
interface Acceptance<Ctx> {
  readonly handshake: Handshake;
  readonly protocol: string | undefined;
  readonly upgrader: WsUpgrader;
  readonly limits: SocketLimits;
  readonly handler: WebSocketHandler<Ctx>;
}

/** Makes the taking of the connection the answer, so that all middleware has its say before. */
function accept<Ctx extends HandshakeContext>(ctx: Ctx, made: Acceptance<Ctx>): HttpResponse {
  const { handshake, protocol, upgrader, limits, handler } = made;
  const { response } = ctx;
  response.status = 101;
  response.body = new Takeover((upgraded, { headers, tell }) => {
    upgrader.upgrade(upgraded, { handshake, protocol, headers }, (ws) => {
      const socket = new WsSocket(ws, upgraded.socket, limits);
      upgraded.onClosing(() => void socket.close(1001, 'The server closes'));
      attend(socket, () => handler(socket, ctx), tell);
    });
  });
  return response;
}

/** The connection lasts as long as its handler. */
function attend(socket: ServerSocket, run: () => unknown, tell: (error: unknown) => void): void {
  const done = (): void => void socket.close(1000);
  const failed = (error: unknown): void => {
    void socket.close(1011);
    // Who stops because nobody is there any more has not failed.
    if (error !== socket.signal.reason || !socket.signal.aborted) tell(error);
  };
  try {
    const result = run();
    if (isThenable(result)) result.then(done, failed);
    else done();
  } catch (error) {
    failed(error);
  }
}

function limitsOf(options: WebSocketOptions<never>): SocketLimits {
  return {
    clock: options.clock ?? systemClock,
    heartbeatMs: checkMs('heartbeatMs', options.heartbeatMs ?? 30_000),
    pongTimeoutMs: checkMs('pongTimeoutMs', options.pongTimeoutMs ?? 10_000, 1),
    idleTimeoutMs: checkMs('idleTimeoutMs', options.idleTimeoutMs ?? 0),
    writeTimeoutMs: checkMs('writeTimeoutMs', options.writeTimeoutMs ?? 60_000, 1),
    closeTimeoutMs: checkMs('closeTimeoutMs', options.closeTimeoutMs ?? 5000, 1),
    maxBufferedBytes: checkWhole('maxBufferedBytes', options.maxBufferedBytes ?? 1024 * 1024),
  };
}

/** Browsers do not ask before they connect, as they do before other requests: whoever has cookies would be at the mercy of every page. */
function policyOf({ origins = () => false }: WebSocketOptions<never>): CorsPolicy {
  return new CorsPolicy({
    name: 'webSocket',
    origins,
    methods: ['GET'],
    headers: [],
    exposeHeaders: [],
    credentials: false,
    maxAgeMs: 0,
  });
}

type Choose<Ctx> = (offered: readonly string[], ctx: Ctx) => string | undefined;

function chooserOf<Ctx>({ protocols = [] }: WebSocketOptions<Ctx>): Choose<Ctx> {
  if (typeof protocols === 'function') {
    return (offered, ctx) => {
      const chosen = protocols(offered, ctx);
      if (chosen === undefined || offered.includes(chosen)) return chosen;
      throw outOfRange('protocols()', 'one of those that the client offers', chosen);
    };
  }
  if (!Array.isArray(protocols) || !protocols.every(isTokenName)) {
    throw unexpected('protocols', 'a list of names or a function', protocols);
  }
  return (offered) => offered.find((name) => protocols.includes(name));
}

function flagOf(name: string, value: unknown): boolean {
  if (typeof value !== 'boolean') throw unexpected(name, 'true or false', value);
  return value;
}
