/** A client that writes the bytes it is given, right or wrong, and reads the answers strictly. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { type Grammar, readMessage, values } from './message-reader.ts';
import type { Answer } from './observed.ts';

const PATIENCE_MS = 4_000;

const ANSWER: Grammar = {
  start: /^HTTP\/1\.1 [1-5]\d\d [\t -~\x80-\xff]*$/,
  extent({ start, fields }) {
    const status = start.slice(9, 12);
    const bodiless =
      /^(?:1|204|304)/.test(status) || values(fields, 'x-chain-method')[0] === 'HEAD';
    return bodiless ? 'none' : 'rest';
  },
};

/** One connection to the proxy. */
export interface Client {
  readonly answers: readonly Answer[];
  /** What was out of order in what came. */
  readonly faults: string[];
  readonly closed: boolean;
  write(bytes: string): void;
  /** Says that nothing more will be written. */
  finish(): void;
  /** Waits until there are so many final answers, the connection is closed or patience ends. */
  until(count: number): Promise<void>;
  /** Waits until the connection is closed, or nothing has come for so long. */
  untilQuiet(forMs: number): Promise<void>;
  destroy(): void;
}

/** Connects to a port of this machine. */
export async function openClient(port: number): Promise<Client> {
  const socket = connect({ host: '127.0.0.1', port, noDelay: true, allowHalfOpen: true });
  await once(socket, 'connect');
  const reader = new AnswerReader(socket);
  return {
    answers: reader.answers,
    faults: reader.faults,
    get closed() {
      return reader.closed;
    },
    write(bytes) {
      if (!socket.writableEnded && !socket.destroyed) socket.write(bytes, 'latin1');
    },
    finish: () => void socket.end(),
    until: (count) => reader.until(count),
    untilQuiet: (forMs) => reader.untilQuiet(forMs),
    destroy: () => void socket.destroy(),
  };
}

class AnswerReader {
  readonly answers: Answer[] = [];
  readonly faults: string[] = [];
  closed = false;
  #text = '';
  #received = 0;
  #wake: () => void = () => {};

  constructor(socket: Socket) {
    socket.on('data', (bytes: Buffer) => this.#read(bytes.toString('latin1'), false));
    socket.on('end', () => {
      this.#read('', true);
      socket.end();
    });
    // The proxy may reset a connection whose input it refused.
    socket.on('error', () => {});
    socket.on('close', () => {
      this.closed = true;
      this.#wake();
    });
  }

  async until(count: number): Promise<void> {
    await this.#next(AbortSignal.timeout(PATIENCE_MS), () => this.answers.length >= count);
  }

  async untilQuiet(forMs: number): Promise<void> {
    for (let before = -1; before !== this.#received && !this.closed;) {
      before = this.#received;
      await this.#next(AbortSignal.timeout(forMs), () => before !== this.#received);
    }
  }

  /** Waits for something to happen that is `enough`. */
  async #next(limit: AbortSignal, enough: () => boolean): Promise<void> {
    while (!enough() && !this.closed && !limit.aborted) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
        limit.addEventListener('abort', () => resolve(), { once: true });
      });
    }
  }

  #read(text: string, ended: boolean): void {
    this.#text += text;
    this.#received += text.length;
    while (this.#text) {
      // Behind the refusal of a HEAD request, which the client cannot know for one, no body comes.
      const alone = ended && /^HTTP\/1\.1 [45]/.test(this.#text) && this.#text.endsWith('\r\n\r\n');
      const grammar = alone ? { ...ANSWER, extent: () => 'none' as const } : ANSWER;
      const reading = readMessage(this.#text, grammar, ended);
      if (reading.kind !== 'whole') {
        const said = JSON.stringify(this.#text.slice(0, 300));
        if (reading.kind === 'fault') this.faults.push(`the client got, ${reading.fault}`);
        else if (ended) this.faults.push(`the client got part of an answer: ${said}`);
        if (reading.kind === 'fault' || ended) this.#text = '';
        break;
      }
      const { start, fields, body } = reading.message;
      this.#text = this.#text.slice(reading.length);
      const status = Number(start.slice(9, 12));
      const [id, seen] = [
        values(fields, 'x-chain-id').join('|'),
        values(fields, 'x-seen').join('|'),
      ];
      if (status >= 200) this.answers.push({ status, fields, body, id, seen });
    }
    this.#wake();
  }
}
