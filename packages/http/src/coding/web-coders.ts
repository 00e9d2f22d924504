/** Packs and unpacks bodies with what the web offers, for runtimes without Node's zlib. */
import { type Coder, type CoderEvents, type Coders, MalformedCodingError } from './coder.ts';

/** A stream that packs cannot be told to let out what it has, so that there is no `packer`. */
export const webCoders: Coders = {
  codings: ['gzip', 'deflate'],
  async pack(coding, bytes) {
    const source = new Blob([bytes as Uint8Array<ArrayBuffer>]).stream();
    const packed = source.pipeThrough(new CompressionStream(coding as CompressionFormat));
    return new Uint8Array(await new Response(packed).arrayBuffer());
  },
  unpacker: (coding, events) => new WebUnpacker(coding as CompressionFormat, events),
};

/** A DecompressionStream as a coder. */
class WebUnpacker implements Coder {
  readonly #events: CoderEvents;
  readonly #writer: WritableStreamDefaultWriter<BufferSource>;
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  #isOver = false;
  #wake: (() => void) | undefined;
  #paused: Promise<void> | undefined;

  constructor(coding: CompressionFormat, events: CoderEvents) {
    const { readable, writable } = new DecompressionStream(coding);
    this.#events = events;
    this.#writer = writable.getWriter();
    this.#reader = readable.getReader();
    void this.#read();
  }

  async #read(): Promise<void> {
    try {
      for (;;) {
        await this.#paused;
        const { done, value } = await this.#reader.read();
        await this.#paused;
        if (this.#isOver) return;
        if (done) return this.#end();
        this.#events.bytes(value);
      }
    } catch (error) {
      this.#fail(error);
    }
  }

  write(bytes: Uint8Array, done: () => void): void {
    this.#writer.write(bytes as Uint8Array<ArrayBuffer>).then(done, (error: unknown) => {
      this.#fail(error);
      done();
    });
  }

  flush(done: () => void): void {
    queueMicrotask(done);
  }

  end(): void {
    this.#writer.close().catch((error: unknown) => this.#fail(error));
  }

  pause(): void {
    this.#paused ??= new Promise((resolve) => (this.#wake = resolve));
  }

  resume(): void {
    this.#paused = undefined;
    this.#wake?.();
  }

  destroy(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.resume();
    this.#writer.abort().catch(() => {});
    this.#reader.cancel().catch(() => {});
  }

  #end(): void {
    this.#isOver = true;
    this.#events.end();
  }

  #fail(error: unknown): void {
    if (this.#isOver) return;
    this.#isOver = true;
    const says = 'The body is not packed as its head says, or is not whole';
    this.#events.fail(new MalformedCodingError(says, error));
  }
}
