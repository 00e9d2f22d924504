/** A client that sends bytes as they are, and waits for whole answers or for the end, never for time. */
import { once } from 'node:events';
import { connect, type NetConnectOpts, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { onTestFinished } from 'vitest';
import { type RawAnswer, readAnswer } from './raw-answer.ts';

/** One connection of a client. */
export class RawClient {
  readonly socket: Duplex;
  /** How many pieces have come. */
  reads = 0;
  /** True once the server has ended its side. */
  hasEnded = false;
  /** True once the connection is gone. */
  hasClosed = false;
  /** The code of the error that broke it. */
  errorCode: string | undefined;
  #received = Buffer.alloc(0);
  #chunks: Buffer[] = [];
  /** Behind the last answer that was read. */
  #at = 0;
  #waiting: (() => void)[] = [];

  constructor(socket: Duplex) {
    this.socket = socket;
    socket.on('data', (chunk: Buffer) => {
      this.reads++;
      this.#chunks.push(chunk);
      this.#changed();
    });
    socket.on('end', () => {
      this.hasEnded = true;
      this.#changed();
    });
    socket.on('close', () => {
      this.hasClosed = true;
      this.#changed();
    });
    socket.on('error', (error: NodeJS.ErrnoException) => {
      this.errorCode = error.code;
    });
  }

  /** All that has come. */
  get received(): Buffer {
    if (this.#chunks.length > 0) {
      this.#received = Buffer.concat([this.#received, ...this.#chunks]);
      this.#chunks = [];
    }
    return this.#received;
  }

  /** What has come behind the last answer that was read. */
  get rest(): string {
    return this.received.toString('latin1', this.#at);
  }

  /** Sends bytes. */
  send(bytes: string | Uint8Array): this {
    this.socket.write(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes);
    return this;
  }

  /** Sends bytes one at a time, each with a write of its own. */
  sendSlowly(bytes: string): this {
    for (const byte of Buffer.from(bytes, 'latin1')) this.socket.write(Buffer.of(byte));
    return this;
  }

  /** Ends its side, and still reads. */
  end(bytes = ''): this {
    this.socket.end(Buffer.from(bytes, 'latin1'));
    return this;
  }

  /** Leaves so that the other end sees a reset. */
  reset(): void {
    // Node ends a socket in order before it resets it, unless it believes that this has been done.
    Object.defineProperties(this.socket, {
      writable: { value: false },
      writableFinished: { value: true },
    });
    (this.socket as Socket).resetAndDestroy();
  }

  /** Takes nothing more that comes, so that the other end has to wait. */
  pause(): this {
    this.socket.pause();
    return this;
  }

  /** Takes what comes. */
  resume(): this {
    this.socket.resume();
    return this;
  }

  /** Waits until `found` gives something else than undefined. */
  async until<T>(found: () => T | undefined, what = 'what it waits for'): Promise<T> {
    for (;;) {
      const value = found();
      if (value !== undefined) return value;
      if (this.hasClosed) {
        throw new Error(
          `closed (${this.errorCode ?? 'in order'}) without ${what}, behind ${JSON.stringify(this.rest.slice(0, 500))}`,
        );
      }
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  /** The next answer, when it is whole. */
  async answer({ isHead = false }: { readonly isHead?: boolean } = {}): Promise<RawAnswer> {
    const { answer, end } = await this.until(
      () =>
        readAnswer(this.received, this.#at, {
          isHead,
          hasEnded: this.hasEnded && this.errorCode === undefined,
        }),
      'a whole answer',
    );
    this.#at = end;
    return answer;
  }

  /** The next answers, one after the other. */
  async answers(count: number): Promise<RawAnswer[]> {
    const answers: RawAnswer[] = [];
    while (answers.length < count) answers.push(await this.answer());
    return answers;
  }

  /** Waits until the text has come behind the last answer that was read, and gives what came with it. */
  has(text: string): Promise<string> {
    return this.until(
      () => (this.rest.includes(text) ? this.rest : undefined),
      JSON.stringify(text),
    );
  }

  /** Waits until so many bytes have come, however they are to be read. */
  hasBytes(count: number): Promise<true> {
    return this.until(() => {
      const held = this.#chunks.reduce((sum, { length }) => sum + length, this.#received.length);
      return held >= count ? true : undefined;
    }, `${count} bytes`);
  }

  /** Waits until the server has ended its side in order, and gives what came behind the last answer that was read. */
  async ended(): Promise<string> {
    await this.until(() => (this.hasEnded ? true : undefined), 'an orderly end');
    return this.rest;
  }

  /** Waits until the connection is gone, and gives what came behind the last answer that was read. */
  async closed(): Promise<string> {
    while (!this.hasClosed) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    return this.rest;
  }

  #changed(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const go of waiting) go();
  }
}

/** Connects a client, which is gone when the test is over. */
export async function connectRaw(to: NetConnectOpts): Promise<RawClient> {
  const socket = connect({ noDelay: true, ...to });
  onTestFinished(() => void socket.destroy());
  await once(socket, 'connect');
  return new RawClient(socket);
}

/** A request without a body, ready to be sent. */
export function get(target = '/', headers = ''): string {
  return `GET ${target} HTTP/1.1\r\nHost: a\r\n${headers}\r\n`;
}

/** A request with a body of known length, ready to be sent. */
export function post(body: string, headers = '', target = '/'): string {
  return `POST ${target} HTTP/1.1\r\nHost: a\r\nContent-Length: ${Buffer.byteLength(body)}\r\n${headers}\r\n${body}`;
}
