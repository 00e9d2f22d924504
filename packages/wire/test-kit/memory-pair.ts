/** Two ends of a connection in memory: every write is kept as it was made, and nothing takes time. */
import { Duplex } from 'node:stream';

/** One end of a connection in memory. */
export class MemorySocket extends Duplex {
  /** What was written, each piece as it was handed to the system. */
  readonly writes: Buffer[] = [];
  #other: MemorySocket | undefined;
  #isFull = false;
  /** What the other end has had no room for yet, and who is told when it has taken it. */
  #waiting: Buffer | undefined;
  #done: ((error?: Error) => void) | undefined;

  constructor(highWaterBytes: number, allowHalfOpen: boolean) {
    super({ allowHalfOpen, highWaterMark: highWaterBytes });
  }

  join(other: MemorySocket): void {
    this.#other = other;
  }

  /** What was written, as one text. */
  get written(): string {
    return Buffer.concat(this.writes).toString('latin1');
  }

  /** True while a write waits for the other end to read. */
  get isStuck(): boolean {
    return this.#done !== undefined;
  }

  /** Breaks the connection as a reset does. */
  resetAndDestroy(): this {
    this.#other?.destroy(Object.assign(new Error('reset'), { code: 'ECONNRESET' }));
    this.#other = undefined;
    return this.destroy();
  }

  override _read(): void {
    const other = this.#other;
    if (other) other.#taken();
  }

  override _write(chunk: Buffer, _: string, done: (error?: Error) => void): void {
    this.#send(chunk, done);
  }

  override _writev(
    chunks: readonly { readonly chunk: Buffer; readonly encoding: BufferEncoding }[],
    done: (error?: Error) => void,
  ): void {
    this.#send(Buffer.concat(chunks.map(({ chunk }) => chunk)), done);
  }

  override _final(done: () => void): void {
    const other = this.#other;
    if (other) other.#ended();
    done();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#settle(new Error('destroyed'));
    const other = this.#other;
    this.#other = undefined;
    if (other) {
      other.#ended();
      other.#left();
    }
    done(error);
  }

  /** The other end has room. */
  #taken(): void {
    this.#isFull = false;
    const bytes = this.#waiting;
    if (bytes) this.#hand(bytes);
  }

  /** The other end sends no more. */
  #ended(): void {
    if (!this.readableEnded && !this.destroyed) this.push(null);
  }

  /** The other end takes no more. */
  #left(): void {
    this.#other = undefined;
    if (this.#done) this.destroy(broken());
  }

  #send(bytes: Buffer, done: (error?: Error) => void): void {
    this.writes.push(bytes);
    if (!this.#other) return done(broken());
    this.#done = done;
    this.#hand(bytes);
  }

  /** Hands over piece by piece what the other end has room for. */
  #hand(bytes: Buffer): void {
    this.#waiting = undefined;
    for (let at = 0; at < bytes.length; at += PIECE_BYTES) {
      if (this.#isFull) return void (this.#waiting = bytes.subarray(at));
      this.#isFull = this.#other?.push(bytes.subarray(at, at + PIECE_BYTES)) === false;
    }
    if (this.#isFull) this.#waiting = bytes.subarray(bytes.length);
    else this.#settle();
  }

  #settle(error?: Error): void {
    const done = this.#done;
    this.#done = this.#waiting = undefined;
    done?.(error);
  }
}

/** More than this does not come at once. */
const PIECE_BYTES = 64 * 1024;

const broken = (): Error => Object.assign(new Error('broken'), { code: 'EPIPE' });

/** Options of `memoryPair`. */
export interface PairOptions {
  /** How much each end takes before the other has to wait. @default 65_536 */
  readonly highWaterBytes?: number;
  /** Whether the client's end stays open when the server has ended its own. @default false */
  readonly allowHalfOpen?: boolean;
}

/** Two ends of a connection: the server's and the client's. */
export function memoryPair(options: PairOptions = {}): [MemorySocket, MemorySocket] {
  const { highWaterBytes = 64 * 1024, allowHalfOpen = false } = options;
  const server = new MemorySocket(highWaterBytes, true);
  const client = new MemorySocket(highWaterBytes, allowHalfOpen);
  server.join(client);
  client.join(server);
  return [server, client];
}
