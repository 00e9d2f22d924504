/** Reads the body of a request: as JSON, as a form, as text or bytes, never more than it may have. */
import { unexpected } from '@interpose/kernel/options';
import { BodyUsedError, type IncomingBody, RefusedMessageError } from '@interpose/wire';
import { HttpError } from '../errors.ts';
import { type MultipartOptions, multipartParts } from '../multipart/multipart.ts';
import { multipartForm } from '../multipart/multipart-form.ts';
import type { Part } from '../multipart/part.ts';

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
/** The types of JSON bodies. */
export const JSON_TYPE: RegExp = /^[\w.+-]+\/(?:[\w.+-]+\+)?json[ \t]*(?:;|$)/i;
const FORM_TYPE =
  /^(?:application\/x-www-form-urlencoded|multipart\/form-data(?=[ \t]*;))[ \t]*(?:;|$)/i;
/** A text without any of these has no key that could be taken for more than data; an escape may spell one. */
const SUSPECT = /\\u|__proto__|constructor/;

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
    if (!this.#bytes) return (this.#bytes = this.#read(maxBytes));
    return this.#bytes.then((bytes) => {
      if (!(bytes.length <= maxBytes)) throw new RefusedMessageError('BODY_TOO_LARGE');
      return bytes;
    });
  }

  /** The text, in UTF-8 or whatever the head says. Throws what `bytes` throws, and HttpError 400 for bytes that are no such text. */
  async text(options?: BodyOptions): Promise<string> {
    return decoded(await this.bytes(options), charsetOf(this.#head.contentType));
  }

  /**
   * The value of a JSON body.
   *
   * @throws HttpError 415 if the head doesn't say that it is JSON, 400 if it is no JSON or has keys such as `__proto__`
   */
  async json(options?: BodyOptions): Promise<unknown> {
    const { contentType = '' } = this.#head;
    // Other sites may have a browser send bodies without a type, with its cookies and without asking first; never one of this type.
    if (this.#body && !JSON_TYPE.test(contentType)) {
      this.#body.cancel();
      throw new HttpError(415, 'Expected a body of JSON, with a Content-Type that says so');
    }
    const text = await this.text(options);
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch {
      throw new HttpError(400, 'The body is no JSON', { code: 'INVALID_JSON' });
    }
    if (SUSPECT.test(text) && isPolluting(value)) {
      throw new HttpError(400, 'The JSON has a key that no object may have');
    }
    return value;
  }

  /**
   * The fields of a form, urlencoded or multipart.
   *
   * @throws HttpError 415 if the head says that it is something else, 400 if it is malformed
   */
  async form(options?: BodyOptions): Promise<FormData> {
    const { contentType = '' } = this.#head;
    if (!FORM_TYPE.test(contentType)) {
      this.#body?.cancel();
      throw new HttpError(415, 'Expected the fields of a form');
    }
    const bytes = await this.bytes(options);
    if (/^m/i.test(contentType)) return multipartForm(bytes, contentType);
    try {
      return fieldsOf(decoded(bytes, 'utf-8'));
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

  /**
   * The parts of a multipart form one after the other, as they come, none of them kept. To be read once.
   *
   * @throws TypeError or RangeError for options out of range, BodyUsedError if someone has read the body, HttpError 415 if the head says
   * that it is something else, 413 if there is more than there may be, 400 if it is malformed
   * @example
   * for await (const part of ctx.body.parts({ maxBytes: 50_000_000 })) {
   *   if (part.isFile) await save(part.filename, part.stream());
   * }
   */
  parts(options?: MultipartOptions): AsyncIterableIterator<Part, undefined> {
    if (this.#bytes || this.#body?.isRead) throw new BodyUsedError();
    this.#refusePacked();
    const { contentType, maxBytes = MOST_BYTES } = this.#head;
    return multipartParts({ body: this.#body, contentType, maxBytes }, options);
  }

  async #read(maxBytes: number): Promise<Uint8Array> {
    if (!(maxBytes >= 0)) throw unexpected('maxBytes', 'a number, 0 or more', maxBytes);
    this.#refusePacked();
    return this.#body ? this.#body.bytes({ maxBytes }) : new Uint8Array();
  }

  #refusePacked(): void {
    const { contentEncoding } = this.#head;
    if (contentEncoding !== undefined && contentEncoding.toLowerCase() !== 'identity') {
      this.#body?.cancel();
      throw new HttpError(415, 'A compressed body cannot be read here', {
        headers: { 'Accept-Encoding': 'identity' },
      });
    }
  }
}

/** The fields of a urlencoded form. @throws URIError for escapes that are none, or that are no UTF-8 */
function fieldsOf(text: string): FormData {
  decodeURIComponent(text);
  const form = new FormData();
  for (const [name, value] of new URLSearchParams(text)) form.append(name, value);
  return form;
}

/** True if some object in it has a key that code which merges objects would take for more than data. */
function isPolluting(value: unknown): boolean {
  const rest = [value];
  while (rest.length) {
    const one = rest.pop();
    if (typeof one !== 'object' || one === null) continue;
    if (Object.hasOwn(one, '__proto__')) return true;
    if (Object.hasOwn(one, 'constructor')) {
      const { constructor: made } = one as { readonly constructor: unknown };
      if (typeof made === 'object' && made !== null && Object.hasOwn(made, 'prototype'))
        return true;
    }
    for (const inner of Object.values(one)) rest.push(inner);
  }
  return false;
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
