/** ServerSocket: one WebSocket as its handler sees it. */
import type { Message } from './inbox.ts';

/** How a WebSocket has ended. */
export interface SocketEnd {
  /** Why, as whoever ended it said (RFC 6455 section 7.4): 1005 if the client gave no reason, 1006 if the connection was lost. */
  readonly code: number;
  readonly reason: string;
  /** Whether both sides have said that it ends. */
  readonly clean: boolean;
}

/** One WebSocket. Its messages are read by `for await`: texts are strings, all else is bytes. */
export interface ServerSocket extends AsyncIterable<Message> {
  /** The subprotocol that was agreed on; empty if none was. */
  readonly protocol: string;
  /** True until one of the two sides ends it. */
  readonly isOpen: boolean;
  /** How many bytes wait to be taken by the client. */
  readonly bufferedBytes: number;
  /** Aborts when nothing more can be sent. */
  readonly signal: AbortSignal;
  /** Resolves when the connection is gone. */
  readonly closed: Promise<SocketEnd>;
  /**
   * Sends a text, or bytes, which must not change until they are taken. Resolves when they are: whoever awaits that never sends faster than
   * the client reads. `false` if the connection ended before; it never rejects.
   *
   * @throws TypeError for anything else
   */
  send(message: string | Uint8Array | ArrayBuffer): Promise<boolean>;
  /**
   * Sends a value as JSON. Otherwise like `send`.
   *
   * @throws TypeError for a value that is no JSON
   */
  sendJson(value: unknown): Promise<boolean>;
  /**
   * Says that it ends; what has come and is not read, and what still comes, is dropped. Resolves when the connection is gone.
   *
   * @throws TypeError or RangeError for a code or a reason that cannot be sent
   */
  close(code?: number, reason?: string): Promise<SocketEnd>;
}
