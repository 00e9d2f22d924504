/** A body that is packed while it is sent: what has come goes out as soon as its source pauses. */
import type { Coder, CoderEvents } from './coder.ts';
import { cancelBody, type ResponseBody } from '../context/response.ts';

/** A body that comes piece by piece. */
export type PiecedBody = Exclude<ResponseBody, string | Uint8Array | null>;

/** Makes what packs; not called before somebody reads. */
export type NewPacker = (events: CoderEvents) => Coder;

/** What the source was asked for. */
interface Asked {
  readonly taken: Promise<IteratorResult<Uint8Array>>;
  isSettled: boolean;
}

const DONE = { done: true, value: undefined } as const;

/** Reads a body no further ahead than one piece, and packs it. */
export class PackedBody implements AsyncIterableIterator<Uint8Array> {
  readonly #source: Source;
  readonly #newPacker: NewPacker;
  #packer: Coder | undefined;
  readonly #packed: Uint8Array[] = [];
  #asked: Asked | undefined;
  /** Something was taken in that may not have come out. */
  #holds = false;
  #isWhole = false;
  #isStopped = false;
  #error: { readonly thrown: unknown } | undefined;
  #wake: (() => void) | undefined;

  constructor(body: PiecedBody, newPacker: NewPacker) {
    this.#source = new Source(body);
    this.#newPacker = newPacker;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<IteratorResult<Uint8Array>> {
    try {
      for (;;) {
        if (this.#isStopped) return DONE;
        if (this.#error) throw this.#error.thrown;
        const value = this.#packed.shift();
        if (value) return { done: false, value };
        if (this.#isWhole) return await this.return();
        await this.#goOn();
      }
    } catch (error) {
      // An answer whose source has failed must not get the end that would make it look whole.
      this.#stop();
      throw error;
    }
  }

  return(): Promise<IteratorResult<Uint8Array>> {
    this.#stop();
    return Promise.resolve(DONE);
  }

  #stop(): void {
    if (this.#isStopped) return;
    this.#isStopped = true;
    this.#packer?.destroy();
    this.#packed.length = 0;
    this.#source.stop();
    this.#wake?.();
  }

  async #goOn(): Promise<void> {
    const asked = (this.#asked ??= this.#ask());
    const packer = (this.#packer ??= this.#newPacker(this.#events));
    if (this.#holds && !asked.isSettled) {
      // While the last piece was packed the source has had time for the next one; it pauses.
      this.#holds = false;
      return this.#until((done) => packer.flush(done));
    }
    if (!asked.isSettled) await this.#until((done) => void asked.taken.then(done, done));
    if (this.#isStopped) return;
    const { done, value } = await asked.taken;
    if (done) return this.#until(() => packer.end());
    this.#asked = this.#ask();
    if (value.length === 0) return;
    this.#holds = true;
    return this.#until((written) => packer.write(bytesOf(value), written));
  }

  #ask(): Asked {
    const asked: Asked = { taken: this.#source.next(), isSettled: false };
    const settled = (): void => void (asked.isSettled = true);
    asked.taken.then(settled, settled);
    return asked;
  }

  /** Resolves when `begin` says that it is done, or when nobody waits for it any more. */
  #until(begin: (done: () => void) => void): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
      begin(resolve);
    });
  }

  readonly #events: CoderEvents = {
    bytes: (bytes) => void this.#packed.push(bytes),
    end: () => {
      this.#isWhole = true;
      this.#wake?.();
    },
    fail: (thrown) => {
      this.#error = { thrown };
      this.#wake?.();
    },
  };
}

/** Handlers that are not typed may give text as well. */
function bytesOf(piece: Uint8Array | string): Uint8Array {
  return typeof piece === 'string' ? new TextEncoder().encode(piece) : piece;
}

/** Where the pieces come from. */
class Source {
  readonly #body: PiecedBody;
  #reader: ReadableStreamDefaultReader<Uint8Array> | undefined;
  #iterator: AsyncIterator<Uint8Array> | undefined;

  constructor(body: PiecedBody) {
    this.#body = body;
  }

  async next(): Promise<IteratorResult<Uint8Array>> {
    const body = this.#body;
    if (body instanceof ReadableStream) {
      const { done, value } = await (this.#reader ??= body.getReader()).read();
      return done ? DONE : { done: false, value };
    }
    return (this.#iterator ??= body[Symbol.asyncIterator]()).next();
  }

  /** Tells it that nobody wants the rest; a stream of the web hears it even while it is asked for more. */
  stop(): void {
    if (!this.#reader && !this.#iterator) return cancelBody(this.#body);
    const stopped = this.#reader ? this.#reader.cancel() : this.#iterator?.return?.();
    Promise.resolve(stopped).catch(() => {});
  }
}
