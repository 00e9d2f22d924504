/** The one interface behind which an HTTP server stands: it gives exchanges, and no middleware sees it. */

/** An address with its port. */
export interface Endpoint {
  readonly address: string;
  readonly port: number;
}

/** One request and the answer to it, as bytes. */
export interface HttpExchange {
  readonly method: string;
  /** What the request line names, as it came. */
  readonly target: string;
  /** Names and values in turn, as they came. */
  readonly rawHeaders: readonly string[];
  /** The other end of the connection. */
  readonly peer: Endpoint;
  /** Our end of the connection. */
  readonly local: Endpoint;
  /** Whether the connection is encrypted. */
  readonly secure: boolean;
  /** Why the head cannot be trusted, if it cannot: a status and a reason. */
  readonly fault: HeadFault | undefined;
  /** The body chunk by chunk, to be read once; `null` if the request has none. */
  readonly body: AsyncIterable<Uint8Array> | null;
  /** True once the client has left before the answer was complete. */
  readonly clientLeft: boolean;
  /** Whether the head of the answer is on its way, after which only bytes can follow. */
  readonly headSent: boolean;
  /** Calls `listener` once if the client leaves before the answer is complete; at once if it has left already. */
  onClientLeft(listener: () => void): void;
  /** Sends the head; names and values in turn. The engine adds the framing where no content-length is given. */
  sendHead(status: number, headers: readonly string[]): void;
  /** Sends bytes. Gives a promise when the client is slow, to be awaited before more is sent. */
  write(chunk: Uint8Array): Promise<void> | undefined;
  /** Ends the answer; resolves when all is handed to the system, or when the client has left. */
  end(chunk?: Uint8Array): Promise<void>;
  /** Breaks the connection, so that the client cannot take what it got for the whole. */
  destroy(): void;
}

/** What is wrong with the head of a request. */
export interface HeadFault {
  readonly status: number;
  readonly detail: string;
}

/** Takes an exchange. Must not throw. */
export type OnExchange = (exchange: HttpExchange) => void;

/** Where a server listens; once it does, with the port that it has. */
export interface ListenOptions {
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
}

/** How a server closes. */
export interface CloseOptions {
  /** How long exchanges under way may take before their connections are cut. @default 30_000 */
  readonly graceMs?: number;
}

/** A server that listens. */
export interface HttpServer {
  readonly address: ListenOptions;
  /** How many connections are open. */
  readonly connections: number;
  /**
   * Takes no more connections, lets exchanges under way end, then cuts what is left. Tells how many it cut. Told again,
   * it can only become shorter.
   */
  close(options?: CloseOptions): Promise<number>;
}

/** Makes servers. */
export interface HttpEngine {
  /**
   * Starts to listen.
   *
   * @throws ListenFailedError if the address cannot be had
   */
  listen(options: ListenOptions, onExchange: OnExchange): Promise<HttpServer>;
}
