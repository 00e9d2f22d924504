/** One request and its answer, the same whether it came by HTTP/1 or HTTP/2. */
import type { X509Certificate } from 'node:crypto';
import type { Duplex } from 'node:stream';
import type { IncomingBody } from '../incoming-body.ts';

/** An address with its port; a socket without one has the port 0. */
export interface Endpoint {
  readonly address: string;
  readonly port: number;
}

/** What the TLS of a connection has agreed on. */
export interface TlsSession {
  /** Such as `TLSv1.3`. */
  readonly version: string;
  /** The host that the client asked for in the handshake, if it named one. */
  readonly serverName: string | undefined;
  /** The certificate of the client, if it was asked for one, has one, and an authority of the server vouches for it. */
  readonly clientCertificate: X509Certificate | undefined;
}

/** The two ends of a connection. */
export interface Ends {
  readonly peer: Endpoint;
  readonly local: Endpoint;
  readonly secure: boolean;
  readonly tls?: TlsSession | undefined;
}

/** A connection that HTTP has left to another protocol. */
export interface Upgraded {
  readonly socket: Duplex;
  /** What the client had already sent of the other protocol. */
  readonly head: Buffer;
  /** Calls `listener` once when the server begins to close; at once if it does so already. What it throws is ignored. */
  onClosing(listener: () => void): void;
}

/** One request and the answer to it. */
export interface Exchange {
  readonly method: string;
  /** What the request names, as it came; for HTTP/2 the `:path`. */
  readonly target: string;
  readonly version: '1.0' | '1.1' | '2.0';
  /** Names and values in turn, as they came. */
  readonly rawHeaders: readonly string[];
  /** The other end of the connection; what a trusted PROXY header says, where that is switched on. */
  readonly peer: Endpoint;
  /** Our end of the connection. */
  readonly local: Endpoint;
  /** Whether the connection is encrypted. */
  readonly secure: boolean;
  /** What TLS has agreed on, where it ends here. */
  readonly tls?: TlsSession | undefined;
  /** The body, to be read once; `null` if the request has none. */
  readonly body: IncomingBody | null;
  /** The protocol that the client asks to switch to. */
  readonly upgrade: string | undefined;
  /** True once the client has left before the answer was complete. */
  readonly clientLeft: boolean;
  /** Aborts when the client leaves before the answer is complete. Made when it is first asked for. */
  readonly signal: AbortSignal;
  /** Whether the head of the answer is on its way, after which only bytes can follow. */
  readonly headSent: boolean;
  /** The value of a header, by its name in lower case; several values are joined by a comma. */
  header(name: string): string | undefined;
  /** Calls `listener` once if the client leaves before the answer is complete; at once if it has left already. */
  onClientLeft(listener: () => void): void;
  /** Calls `listener` once when nothing more will be sent: the answer is with the system, or was cut, or the client has left. */
  onSettled(listener: () => void): void;
  /**
   * Gives a whole answer. `Content-Length` is made from the body; for HEAD and 304 the one in the headers is kept if there is no body.
   *
   * @throws AnswerOrderError if an answer has begun, InvalidHeaderError for headers that cannot be sent
   */
  answer(status: number, headers: readonly string[], body?: string | Uint8Array): void;
  /**
   * Sends an interim answer (1xx but 101). Does nothing for HTTP/1.0.
   *
   * @throws AnswerOrderError if an answer has begun, InvalidHeaderError for headers that cannot be sent
   */
  sendInformation(status: number, headers: readonly string[]): void;
  /**
   * Begins an answer. With a `Content-Length` in the headers exactly so many bytes must follow; without one the body is chunked. Headers
   * of a single connection are left out, but `Connection: close`.
   *
   * @throws AnswerOrderError if an answer has begun, InvalidHeaderError for headers that cannot be sent
   */
  sendHead(status: number, headers: readonly string[]): void;
  /**
   * Sends bytes. `false` if the client is slow, or others are to have their turn: wait for `onDrain`.
   *
   * @throws AnswerOrderError without a head or after the end, BodyLengthError for more bytes than the head had promised
   */
  write(chunk: string | Uint8Array): boolean;
  /** Calls `listener` once when more can be written, or when it no longer matters. */
  onDrain(listener: () => void): void;
  /**
   * Ends the answer. Trailers, names and values in turn, are sent only where the body is chunked.
   *
   * @throws AnswerOrderError without a head, BodyLengthError for fewer or more bytes than the head had promised
   */
  end(chunk?: string | Uint8Array, trailers?: readonly string[]): void;
  /** How many bytes of the answer's body have been given to be sent. */
  readonly sentBytes: number;
  /** Sends a body on at the pace of the client, and ends the answer; if the body fails, tells why and breaks the connection. */
  splice(body: IncomingBody, failed?: (error: Error) => void): void;
  /**
   * Takes the connection away from HTTP. What is said in answer to the request is up to the taker.
   *
   * @throws AnswerOrderError if the request asks for no upgrade, or an answer has begun
   */
  takeOver(): Upgraded;
  /** Breaks the connection, so that the client cannot take what it got for the whole. */
  destroy(): void;
}

/** Takes an exchange. What it throws is a 500 if no head is sent, and else breaks the connection. */
export type Handler = (exchange: Exchange) => void | PromiseLike<void>;
