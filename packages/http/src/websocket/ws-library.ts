/** Speaks WebSocket through the library ws, which is loaded when the first one is asked for. */
import type { Upgraded } from '@interpose/wire';
import type { WebSocket, WebSocketServer } from 'ws';
import { type Handshake, malformed } from './handshake.ts';

/** What of messages is said to ws. */
export interface WsOptions {
  readonly maxPayloadBytes: number;
  readonly perMessageDeflate: boolean;
}

/** A handshake that was agreed to. */
export interface Agreed {
  readonly handshake: Handshake;
  /** The subprotocol that was chosen. */
  readonly protocol: string | undefined;
  /** More headers for the answer, names and values in turn. */
  readonly headers: readonly string[];
}

type Ws = typeof import('ws');
type IncomingMessage = Parameters<WebSocketServer['handleUpgrade']>[0];

/** What ws exports besides what its types tell. */
interface Extensions {
  readonly extension: { parse(text: string): Readonly<Record<string, readonly object[]>> };
  readonly PerMessageDeflate: new (options: object) => {
    accept(offers: readonly object[]): object;
  };
}

const DEFLATE = 'permessage-deflate';
/** Nothing of a message is kept for the next one, which would take memory for every connection. */
const DEFLATE_OPTIONS = { serverNoContextTakeover: true, clientNoContextTakeover: true };
/** The closing is timed by whoever has the socket; ws can only be told to wait for very long. */
const NEVER_MS = 2 ** 31 - 1;
/** What is said by the handshake itself, or of a body. */
const NOT_OURS =
  /^(?:connection|upgrade|sec-websocket-.*|content-.*|transfer-encoding|trailer|te|keep-alive)$/i;

let loading: Promise<Ws> | undefined;

/** Loads ws once; if it is not installed, whoever needs it learns what to do. */
function loadWs(): Promise<Ws> {
  return (loading ??= import('ws').catch((cause: unknown) => {
    loading = undefined;
    throw new Error('To speak WebSocket the package "ws" must be installed', { cause });
  }));
}

/** A request as ws wants it, with what was agreed to. */
interface WsRequest {
  readonly method: 'GET';
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly agreed: Agreed;
}

/** Makes WebSockets of connections that were taken over. */
export class WsUpgrader {
  readonly #server: WebSocketServer;
  readonly #ws: Ws;
  readonly #options: WsOptions;

  /** @throws Error if ws is not installed */
  static async load(options: WsOptions): Promise<WsUpgrader> {
    return new WsUpgrader(await loadWs(), options);
  }

  constructor(ws: Ws, options: WsOptions) {
    this.#ws = ws;
    this.#options = options;
    this.#server = new ws.WebSocketServer({
      noServer: true,
      clientTracking: false,
      maxPayload: options.maxPayloadBytes,
      perMessageDeflate: options.perMessageDeflate && DEFLATE_OPTIONS,
      handleProtocols: (_: unknown, request: IncomingMessage) =>
        agreedOf(request).protocol ?? false,
      closeTimeout: NEVER_MS,
    } as object);
    this.#server.on('headers', (lines, request) => {
      const { headers } = agreedOf(request);
      for (let at = 0; at + 1 < headers.length; at += 2) {
        const name = headers[at] as string;
        if (!NOT_OURS.test(name)) lines.push(`${name}: ${headers[at + 1]}`);
      }
    });
  }

  /**
   * Checks what a client offers, as long as it can be told so.
   *
   * @throws HttpError 400 if the offers are malformed
   */
  check({ extensions }: Handshake): void {
    if (!this.#options.perMessageDeflate || extensions === undefined) return;
    const { extension, PerMessageDeflate } = this.#ws as unknown as Extensions;
    try {
      const offers = extension.parse(extensions)[DEFLATE];
      if (offers) new PerMessageDeflate({ ...DEFLATE_OPTIONS, isServer: true }).accept(offers);
    } catch {
      throw malformed('The extensions of the handshake are malformed');
    }
  }

  /** Says yes to the handshake. `opened` is called at once, unless the client has ended its side already. */
  upgrade({ socket, head }: Upgraded, agreed: Agreed, opened: (ws: WebSocket) => void): void {
    const { key, protocols, extensions } = agreed.handshake;
    const request: WsRequest = {
      method: 'GET',
      headers: {
        upgrade: 'websocket',
        'sec-websocket-key': key,
        'sec-websocket-version': '13',
        'sec-websocket-protocol': protocols.length > 0 ? protocols.join(',') : undefined,
        'sec-websocket-extensions': extensions,
      },
      agreed,
    };
    // Headers are bytes, one a character; ws would write them as UTF-8.
    socket.setDefaultEncoding('latin1');
    this.#server.handleUpgrade(request as unknown as IncomingMessage, socket, head, (ws) => {
      socket.setDefaultEncoding('utf8');
      opened(ws);
    });
  }
}

const agreedOf = (request: IncomingMessage): Agreed => (request as unknown as WsRequest).agreed;
