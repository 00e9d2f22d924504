/** Packs answers with the coding that the client likes best, and says so in their headers. */
import type { Coders } from './coder.ts';
import { chooseCoding, type CodingChoice, type ContentCoding } from './content-codings.ts';
import type { HttpContext } from '../context/context.ts';
import { HttpError } from '../errors.ts';
import type { HeaderList } from '../context/headers.ts';
import { PackedBody, type PiecedBody } from './packed-body.ts';
import type { HttpResponse, ResponseBody } from '../context/response.ts';

/** What is packed, and how. */
export interface PackingSettings {
  /** Those that there are, the one that is liked best first. */
  readonly encodings: readonly ContentCoding[];
  readonly minBytes: number;
  readonly levels: Readonly<Record<ContentCoding, number>>;
  readonly isCompressible: (contentType: string | undefined) => boolean;
  readonly skip: ((ctx: HttpContext) => boolean) | undefined;
}

/** There are few different headers; what somebody makes up is not remembered. */
const MOST_CHOICES = 100;

/** Packs answers. */
export class AnswerPacking {
  readonly #coders: Coders;
  readonly #settings: PackingSettings;
  readonly #choices = new Map<string, CodingChoice>();

  constructor(coders: Coders, settings: PackingSettings) {
    this.#coders = coders;
    this.#settings = settings;
  }

  /** The answer, packed if that is possible, wanted and worth it. */
  pack(ctx: HttpContext, response: HttpResponse): HttpResponse | Promise<HttpResponse> {
    if (response.status === 304) weakenKnown(ctx.headers, response.headers);
    const { body, headers } = response;
    if (body === null || !this.#settings.encodings.length || !mayBePacked(response))
      return response;
    const choice = this.#choose(ctx.headers.get('accept-encoding'));
    // Who does not take it as it is gets it packed even where that is not worth it.
    if (choice.takesIdentity && !this.#isWorthIt(headers, body)) return response;
    const isWhole = typeof body === 'string' || body instanceof Uint8Array;
    if (!isWhole && !this.#coders.packer) return response;
    if (this.#settings.skip?.(ctx)) return response;
    headers.appendItem('Vary', 'Accept-Encoding');
    if (choice.coding) {
      return isWhole
        ? this.#whole(response, body, choice)
        : this.#pieces(ctx.method, response, choice.coding);
    }
    if (!choice.takesIdentity) refuse(ctx.method, response, this.#settings.encodings);
    return response;
  }

  #choose(header: string | undefined): CodingChoice {
    const key = header ?? '';
    const known = this.#choices.get(key);
    if (known) return known;
    const choice = chooseCoding(header, this.#settings.encodings);
    if (this.#choices.size < MOST_CHOICES) this.#choices.set(key, choice);
    return choice;
  }

  #isWorthIt(headers: HeaderList, body: ResponseBody): boolean {
    const { isCompressible, minBytes } = this.#settings;
    if (!isCompressible(headers.get('content-type'))) return false;
    if (body instanceof Uint8Array) return body.length >= minBytes;
    if (typeof body === 'string') {
      // No character has more than three bytes.
      return body.length >= minBytes || (body.length * 3 >= minBytes && sizeOf(body) >= minBytes);
    }
    const length = headers.get('content-length') ?? '';
    return !/^\d+$/.test(length) || Number(length) >= minBytes;
  }

  async #whole(
    response: HttpResponse,
    body: string | Uint8Array,
    { coding, takesIdentity }: CodingChoice,
  ): Promise<HttpResponse> {
    const bytes = typeof body === 'string' ? new TextEncoder().encode(body) : body;
    const level = this.#settings.levels[coding as ContentCoding];
    const packed = await this.#coders.pack(coding as ContentCoding, bytes, level);
    if (packed.length >= bytes.length && takesIdentity) return response;
    tell(response.headers, coding as ContentCoding);
    response.headers.set('Content-Length', packed.length);
    response.body = packed;
    return response;
  }

  #pieces(method: string, response: HttpResponse, coding: ContentCoding): HttpResponse {
    tell(response.headers, coding);
    response.headers.delete('Content-Length');
    // Nobody will read it; it is told so when the answer is sent.
    if (method === 'HEAD') return response;
    const { packer } = this.#coders;
    const body = response.takeBody() as PiecedBody;
    const level = this.#settings.levels[coding];
    if (packer) response.body = new PackedBody(body, (events) => packer(coding, level, events));
    return response;
  }
}

/** Answers that say of their bytes what would no longer be true, or that nobody may change. */
const TIED = ['content-range', 'content-md5', 'digest', 'content-digest', 'repr-digest'];

function mayBePacked({ status, headers }: HttpResponse): boolean {
  if (status === 101 || status === 204 || status === 205 || status === 206 || status === 304)
    return false;
  const coding = headers.get('content-encoding');
  if (coding !== undefined && coding.toLowerCase() !== 'identity') return false;
  if (TIED.some((name) => headers.has(name))) return false;
  return !/(?:^|[\s,])no-transform(?:$|[\s,])/i.test(headers.get('cache-control') ?? '');
}

const sizeOf = (text: string): number => new TextEncoder().encode(text).length;

/** Says how the body is packed; whatever said that it is these bytes and no others no longer does. */
function tell(headers: HeaderList, coding: ContentCoding): void {
  headers.set('Content-Encoding', coding);
  headers.delete('Accept-Ranges');
  const etag = headers.get('etag');
  if (etag?.startsWith('"')) headers.set('ETag', `W/${etag}`);
}

/** A client that has the packed answer knows it by the weak tag, and is told so (RFC 9110, section 15.4.5). */
function weakenKnown(asked: HeaderList, headers: HeaderList): void {
  const etag = headers.get('etag');
  if (!etag?.startsWith('"')) return;
  const known = asked.get('if-none-match') ?? '';
  if (!known.includes(`W/${etag}`)) return;
  headers.set('ETag', `W/${etag}`);
  headers.appendItem('Vary', 'Accept-Encoding');
}

/** Who takes neither the body as it is nor any coding is told so, where nothing has been done for him yet. */
function refuse(method: string, { status }: HttpResponse, encodings: readonly string[]): void {
  if (status >= 400 || (method !== 'GET' && method !== 'HEAD')) return;
  throw new HttpError(406, `Expected one of the codings ${encodings.join(', ')}, or identity`);
}
