/** multipartParts: the parts of a form, one after the other as they come, within limits. */
import { checkNames, checkWhole } from '@interpose/kernel/options';
import { type IncomingBody, isIncomingBody } from '@interpose/wire';
import { boundaryOf } from './boundary.ts';
import { MultipartReader } from './multipart-reader.ts';
import { IncomingPart, type Part } from './part.ts';
import { readPartHead } from './part-head.ts';
import { tooLarge } from './refusals.ts';

/** How much there may be of what. More is a 413. */
export interface MultipartOptions {
  /** How many parts. @default 100 */
  readonly maxParts?: number;
  /** How large a field may be. @default 65_536 */
  readonly maxFieldBytes?: number;
  /** How large a file may be. @default as large as all of it */
  readonly maxFileBytes?: number;
  /** How large the head of a part may be. @default 8192 */
  readonly maxHeadBytes?: number;
  /** How large all of it may be. @default what the context has as `maxBodyBytes`: 1 MiB */
  readonly maxBytes?: number;
}

/** A body with what its head says. */
export interface MultipartBody {
  /** Those of a connection tell how large they are, and can be given up unread. */
  readonly body: IncomingBody | AsyncIterable<Uint8Array> | null;
  readonly contentType: string | undefined;
  /** How much of it is read where nobody says otherwise. */
  readonly maxBytes: number;
}

type Limits = Required<MultipartOptions>;

const NAMES: readonly (keyof MultipartOptions)[] = [
  'maxParts',
  'maxFieldBytes',
  'maxFileBytes',
  'maxHeadBytes',
  'maxBytes',
];

/** With what stands in for those that are not given. */
function limitsOf(options: MultipartOptions, mostBytes: number): Limits {
  checkNames('parts()', options, NAMES);
  const maxBytes = checkWhole('maxBytes', options.maxBytes ?? mostBytes);
  return {
    maxParts: checkWhole('maxParts', options.maxParts ?? 100),
    maxFieldBytes: checkWhole('maxFieldBytes', options.maxFieldBytes ?? 64 * 1024),
    maxFileBytes: checkWhole('maxFileBytes', options.maxFileBytes ?? maxBytes),
    maxHeadBytes: checkWhole('maxHeadBytes', options.maxHeadBytes ?? 8192),
    maxBytes,
  };
}

/**
 * The parts of a form. What is not read of one is skipped when the next is asked for; when nobody wants more of them, nothing more is read.
 *
 * @throws TypeError or RangeError for options out of range, HttpError 415 or 400 for a body that says that it is something else
 */
export function multipartParts(
  { body, contentType, maxBytes }: MultipartBody,
  options: MultipartOptions = {},
): AsyncIterableIterator<Part, undefined> {
  const limits = limitsOf(options, maxBytes);
  try {
    if (((body as Partial<IncomingBody> | null)?.length ?? 0) > limits.maxBytes) {
      throw tooLarge('BODY_TOO_LARGE', `The form may have no more than ${limits.maxBytes} bytes`);
    }
    return new Parts(body ?? NOTHING, boundaryOf(contentType), limits);
  } catch (error) {
    // Who waits to be told that the body is wanted, is not told so.
    if (isIncomingBody(body)) body.cancel();
    throw error;
  }
}

const NOTHING: AsyncIterable<Uint8Array> = {
  [Symbol.asyncIterator]: () => ({ next: () => Promise.resolve(OVER) }),
};

const OVER = { done: true, value: undefined } as const;

/** One reading of a form. Only one thing is read at a time, whoever asks. */
class Parts implements AsyncIterableIterator<Part, undefined> {
  readonly #source: AsyncIterable<Uint8Array>;
  readonly #boundary: string;
  readonly #limits: Limits;
  #chunks: AsyncIterator<Uint8Array> | undefined;
  #reader: MultipartReader | undefined;
  #count = 0;
  /** Changes whenever a part is left behind, which is then read no more. */
  #stage = 0;
  /** How much the part under way may still have; nothing if it is over. */
  #left: number | undefined;
  #isOver = false;
  #failure: { readonly error: unknown } | undefined;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(source: AsyncIterable<Uint8Array>, boundary: string, limits: Limits) {
    this.#source = source;
    this.#boundary = boundary;
    this.#limits = limits;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<IteratorResult<Part, undefined>> {
    return this.#inTurn(async () => {
      if (this.#isOver) return OVER;
      this.#stage++;
      const reader = this.#begin();
      while (this.#left !== undefined) await this.#content(reader);
      const head = await reader.head();
      if (!head) {
        this.#isOver = true;
        return OVER;
      }
      return { done: false, value: this.#part(reader, head) };
    });
  }

  /** Nobody wants more. */
  return(): Promise<IteratorResult<Part, undefined>> {
    if (!this.#isOver) {
      this.#isOver = true;
      this.#stage++;
      this.#stop();
    }
    return Promise.resolve(OVER);
  }

  #begin(): MultipartReader {
    this.#chunks ??= this.#source[Symbol.asyncIterator]();
    return (this.#reader ??= new MultipartReader(this.#chunks, this.#boundary, this.#limits));
  }

  #part(reader: MultipartReader, head: Uint8Array): Part {
    const { maxParts, maxFieldBytes, maxFileBytes } = this.#limits;
    if (++this.#count > maxParts) {
      throw tooLarge('TOO_MANY_PARTS', `There may be no more than ${maxParts} parts`);
    }
    const said = readPartHead(head);
    this.#left = said.rawFilename === undefined ? maxFieldBytes : maxFileBytes;
    const stage = this.#stage;
    const read = (): Promise<Uint8Array | undefined> =>
      this.#inTurn(() => this.#content(reader), stage);
    return new IncomingPart(said, read);
  }

  async #content(reader: MultipartReader): Promise<Uint8Array | undefined> {
    const bytes = await reader.content();
    const left = (this.#left ?? 0) - (bytes?.length ?? 0);
    this.#left = bytes && left;
    if (left < 0) throw tooLarge('PART_TOO_LARGE', 'A part of the form is too large');
    return bytes;
  }

  /** One after the other; after a failure nothing but that. */
  #inTurn<T>(run: () => Promise<T>, stage?: number): Promise<T> {
    const done = this.#turn.then(async () => {
      if (this.#failure) throw this.#failure.error;
      if (stage !== undefined && stage !== this.#stage) {
        throw new TypeError('The part was skipped; read it before the next one is asked for');
      }
      return run().catch((error: unknown) => this.#fail(error));
    });
    this.#turn = done.catch(() => {});
    return done;
  }

  #fail(error: unknown): never {
    this.#failure = { error };
    this.#isOver = true;
    this.#stop();
    throw error;
  }

  #stop(): void {
    try {
      const chunks = this.#chunks ?? this.#source[Symbol.asyncIterator]();
      Promise.resolve(chunks.return?.()).catch(() => {});
    } catch {
      // What cannot be ended is left.
    }
  }
}
