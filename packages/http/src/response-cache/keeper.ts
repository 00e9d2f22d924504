/** Keeper: stores an answer with its body, at once or while it comes. */
import type { HttpResponse } from '../context/response.ts';
import { AnswerTape, type StreamedBody } from './answer-tape.ts';
import type { CacheSettings } from './cache-settings.ts';
import type { Flight } from './flight.ts';
import type { OriginRequest } from './origin-request.ts';
import type { StoredHead } from './stored-answer.ts';
import type { AnswerHead } from './storing.ts';

/** What is to be kept. */
export interface KeepOrder {
  readonly key: string;
  readonly flight: Flight;
  readonly origin: OriginRequest;
  readonly response: HttpResponse;
  readonly head: StoredHead;
}

/** Stores answers. */
export class Keeper {
  readonly #settings: CacheSettings;

  constructor(settings: CacheSettings) {
    this.#settings = settings;
  }

  /** Whether an answer is known to be more than is kept. */
  isTooLarge(response: HttpResponse): boolean {
    const size = wholeSize(response.body) ?? declaredLength(response) ?? 0;
    return size > this.#settings.maxEntryBytes;
  }

  /** Stores an answer; what comes piece by piece is given on meanwhile. */
  async keep(order: KeepOrder): Promise<void> {
    const { response, origin } = order;
    const whole = wholeBytes(response.body);
    if (whole === undefined) return this.#record(order);
    origin.settle();
    await this.#put(order, whole);
  }

  #record(order: KeepOrder): void {
    const { key, flight, origin, response } = order;
    const tape = new AnswerTape(response.takeBody() as StreamedBody, this.#settings.maxEntryBytes, {
      whole: (body) => void this.#put(order, body),
      lost: () => {
        this.#settings.notes.unshared(key);
        flight.over();
      },
      left: () => flight.leave(),
      over: (isStopped) => (isStopped ? origin.abandon() : origin.settle()),
    });
    response.body = tape;
    flight.records(tape);
  }

  /** Stores it, unless it is not all of what it was said to be. */
  async #put({ key, flight, response, head }: KeepOrder, body: Uint8Array): Promise<void> {
    const { shelf, clock } = this.#settings;
    const declared = declaredLength(response) ?? body.length;
    const isAllowed = (): boolean => !flight.isForbidden;
    const isStored =
      declared === body.length &&
      (await shelf.put(key, { ...head, body }, { nowMs: clock.wall(), isAllowed }));
    flight.land(isStored ? 'stored' : 'alone');
    flight.over();
  }
}

/** A body that is there already, as bytes of its own, since whoever made it may go on to use his; `undefined` for one that comes piece by piece. */
function wholeBytes(body: HttpResponse['body']): Uint8Array | undefined {
  if (body === null) return new Uint8Array();
  if (typeof body === 'string') return new TextEncoder().encode(body);
  return body instanceof Uint8Array ? body.slice() : undefined;
}

function wholeSize(body: HttpResponse['body']): number | undefined {
  return body instanceof Uint8Array ? body.length : wholeBytes(body)?.length;
}

/** How long the body is said to be; nothing is as long as what is no number. */
function declaredLength({ headers }: AnswerHead): number | undefined {
  const text = headers.get('content-length');
  if (text === undefined) return undefined;
  return /^\d{1,15}$/.test(text) ? Number(text) : -1;
}
