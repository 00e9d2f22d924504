/** A client with one connection that it keeps: sends requests, one behind the other, and reads each answer to its end. */
import type { Socket } from 'node:net';

/** One answer. */
export interface KeptAnswer {
  readonly status: number;
  readonly head: string;
  readonly body: string;
}

/** A client on a socket. */
export class KeepAliveClient {
  readonly socket: Socket;
  #received = '';
  #wake: (() => void) | undefined;

  constructor(socket: Socket) {
    this.socket = socket;
    const changed = (): void => this.#wake?.();
    socket.on('data', (chunk: Buffer) => {
      this.#received += chunk.toString('latin1');
      changed();
    });
    socket.on('close', changed);
  }

  send(text: string): this {
    this.socket.write(text, 'latin1');
    return this;
  }

  /** The next answer. */
  async answer(): Promise<KeptAnswer> {
    for (;;) {
      const answer = this.#take();
      if (answer) return answer;
      if (this.socket.destroyed) throw new Error(`closed behind ${this.#received.slice(0, 200)}`);
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  #take(): KeptAnswer | undefined {
    const text = this.#received;
    const from = text.indexOf('\r\n\r\n') + 4;
    if (from < 4) return undefined;
    const head = text.slice(0, from);
    const status = Number(head.slice(9, 12));
    const length = status === 204 ? 0 : Number(/^content-length: (\d+)\r$/im.exec(head)?.[1]);
    const end = from + length;
    if (Number.isNaN(length)) throw new Error(`an answer without a length: ${head}`);
    if (text.length < end) return undefined;
    this.#received = text.slice(end);
    return { status, head, body: text.slice(from, end) };
  }
}
