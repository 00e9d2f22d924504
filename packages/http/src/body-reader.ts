/** Reads the body of a request: as JSON, as a form, as text or bytes, never more than it may have. */
import { BodyUsedError, type IncomingBody } from '@interpose/wire';
import { HttpError } from './errors.ts';

/** How much of a body is read. */
export interface BodyOptions {
  /** More is a 413. @default what the context has as `maxBodyBytes`: 1 MiB */
  readonly maxBytes?: number;
}

/** What a reader needs to know of a request. */
export interface BodyHead {
  readonly contentType: string | undefined;
  readonly contentEncoding: string | undefined;
  /** How much is read where nobody says otherwise. @default 1 MiB */
  readonly maxBytes?: number;
}

const MOST_BYTES = 1024 * 1024;
/** Keys that code which merges objects could take for more than data. */
const POLLUTING = /"(?:__proto__|constructor\\?"\s*:\s*\{\s*"prototype)"/;

/** Reads a body once, and gives it as often as it is asked for. */
export class BodyReader {
  readonly #body: IncomingBody | null;
  readonly #head: BodyHead;
  #bytes: Promise<Uint8Array> | undefined;

  constructor(body: IncomingBody | null, head: BodyHead) {
    this.#body = body;
    this.#head = head;
  }

  /**
   * The bytes as they came.
   *
   * @throws HttpError 413 if there are more than `maxBytes`, 415 if they are compressed, RefusedMessageError if they break a rule
   */
  bytes({ maxBytes = this.#head.maxBytes ?? MOST_BYTES }: BodyOptions = {}): Promise<Uint8Array> {
    return (this.#bytes ??= this.#read(maxBytes));
  }

  /** The text, in UTF-8 or whatever the head says. Throws what `bytes` throws, and HttpError 400 for bytes that are no such text. */
  async text(options?: BodyOptions): Promise<string> {
    return decoded(await this.bytes(options), charsetOf(this.#head.contentType));
  }

  /**
   * The value of a JSON body.
   *
   * @throws HttpError 415 if the head says that it is something else, 400 if it is no JSON or has keys such as `__proto__`
   */
  async json(options?: BodyOptions): Promise<unknown> {
    const { contentType } = this.#head;
    if (contentType !== undefined && !/^[\w.+-]+\/(?:[\w.+-]+\+)?json\b/i.test(contentType)) {
      this.#body?.cancel();
      throw new HttpError(415, 'Expected a body of JSON');
    }
    const text = await this.text(options);
    if (POLLUTING.test(text))
      throw new HttpError(400, 'The JSON has a key that no object may have');
    try {
      return JSON.parse(text) as unknown;
    } catch {
      throw new HttpError(400, 'The body is no JSON', { code: 'INVALID_JSON' });
    }
  }

  /**
   * The fields of a form, urlencoded or multipart.
   *
   * @throws HttpError 415 if the head says that it is something else, 400 if it is malformed
   */
  async form(options?: BodyOptions): Promise<FormData> {
    const { contentType = '' } = this.#head;
    if (!/^(?:application\/x-www-form-urlencoded|multipart\/form-data)\b/i.test(contentType)) {
      this.#body?.cancel();
      throw new HttpError(415, 'Expected the fields of a form');
    }
    const bytes = await this.bytes(options);
    try {
      return await new Response(bytes as Uint8Array<ArrayBuffer>, {
        headers: { 'Content-Type': contentType },
      }).formData();
    } catch {
      throw new HttpError(400, 'The form is malformed', { code: 'INVALID_FORM' });
    }
  }

  /**
   * The body piece by piece, as it comes.
   *
   * @throws BodyUsedError if someone has read it
   */
  stream(): IncomingBody | null {
    if (this.#bytes) throw new BodyUsedError();
    return this.#body;
  }

  async #read(maxBytes: number): Promise<Uint8Array> {
    const { contentEncoding } = this.#head;
    if (contentEncoding !== undefined && contentEncoding.toLowerCase() !== 'identity') {
      this.#body?.cancel();
      throw new HttpError(415, 'A compressed body cannot be read here', {
        headers: { 'Accept-Encoding': 'identity' },
      });
    }
    return this.#body ? this.#body.bytes({ maxBytes }) : new Uint8Array();
  }
}

function charsetOf(contentType = ''): string {
  return /;\s*charset\s*=\s*"?([\w:.-]+)/i.exec(contentType)?.[1] ?? 'utf-8';
}

function decoded(bytes: Uint8Array, charset: string): string {
  let decoder: TextDecoder;
  try {
    decoder = new TextDecoder(charset, { fatal: true });
  } catch {
    throw new HttpError(415, `The charset ${charset} is not known here`);
  }
  try {
    return decoder.decode(bytes);
  } catch {
    throw new HttpError(400, `The body is no text in ${charset}`, { code: 'INVALID_TEXT' });
  }
}
