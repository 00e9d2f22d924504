/** Part: one field or file of a form, read as it comes. */
import { HttpError } from '../errors.ts';
import { joined } from './joined.ts';
import { parseParameters } from './parameters.ts';
import type { PartHead } from './part-head.ts';
import { safeFilename } from './safe-filename.ts';

/** One field or file of a form. Whoever wants its content reads it before the next part is asked for. */
export interface Part {
  readonly name: string;
  /** Whether it is a file: a field has no name of one. */
  readonly isFile: boolean;
  /** The name of the file, made safe to be used as one (see `safeFilename`); `undefined` for a field. */
  readonly filename: string | undefined;
  /** The name of the file as the client has sent it: a path, a lie, anything. */
  readonly rawFilename: string | undefined;
  /** The media type as the client says, with its parameters. `text/plain` if it says nothing. */
  readonly type: string;
  /** By names in lower case. */
  readonly headers: ReadonlyMap<string, string>;
  /** The content piece by piece, to be read once. Whoever breaks off skips the rest. */
  stream(): AsyncIterable<Uint8Array>;
  /** All of the content. */
  bytes(): Promise<Uint8Array>;
  /** All of it as text, in UTF-8 or whatever its type says. */
  text(): Promise<string>;
}

/** Gives more of the content, or nothing at its end. */
export type ReadContent = () => Promise<Uint8Array | undefined>;

/** A part that comes in. */
export class IncomingPart implements Part {
  readonly name: string;
  readonly rawFilename: string | undefined;
  readonly type: string;
  readonly headers: ReadonlyMap<string, string>;
  readonly #read: ReadContent;
  #isRead = false;

  constructor({ name, rawFilename, type, headers }: PartHead, read: ReadContent) {
    this.name = name;
    this.rawFilename = rawFilename;
    this.type = type;
    this.headers = headers;
    this.#read = read;
  }

  get isFile(): boolean {
    return this.rawFilename !== undefined;
  }

  get filename(): string | undefined {
    return this.rawFilename === undefined ? undefined : safeFilename(this.rawFilename);
  }

  stream(): AsyncIterable<Uint8Array> {
    this.#begin();
    return contentOf(this.#read);
  }

  async bytes(): Promise<Uint8Array> {
    this.#begin();
    const pieces: Uint8Array[] = [];
    for (let piece = await this.#read(); piece; piece = await this.#read()) pieces.push(piece);
    return joined(pieces);
  }

  async text(): Promise<string> {
    const charset = parseParameters(this.type)?.parameters.get('charset') ?? 'utf-8';
    let decoder: TextDecoder;
    try {
      decoder = new TextDecoder(charset, { fatal: true });
    } catch {
      throw new HttpError(415, `The charset ${charset} is not known here`);
    }
    const bytes = await this.bytes();
    try {
      return decoder.decode(bytes);
    } catch {
      throw new HttpError(400, `A part is no text in ${charset}`, { code: 'INVALID_TEXT' });
    }
  }

  #begin(): void {
    if (this.#isRead) throw new TypeError(`The part ${JSON.stringify(this.name)} is read already`);
    this.#isRead = true;
  }
}

async function* contentOf(read: ReadContent): AsyncGenerator<Uint8Array, undefined> {
  for (let bytes = await read(); bytes; bytes = await read()) yield bytes;
}
