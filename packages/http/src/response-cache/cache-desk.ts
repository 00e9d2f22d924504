/** CacheDesk: where requests are taken in, and answered from what is stored or from the origin. */
import { type Awaitable, isThenable } from '@interpose/kernel';
import { adopt } from '../answer/answer.ts';
import type { HttpContext } from '../context/context.ts';
import type { HttpResponse } from '../context/response.ts';
import type { CacheCall } from './cache-call.ts';
import type { CacheSettings } from './cache-settings.ts';
import { type CacheAction, type ForwardReason, tellStatus } from './cache-status.ts';
import { type Fetched, Fetcher } from './fetcher.ts';
import type { Flights } from './flights.ts';
import { freshFor, useOf } from './freshness.ts';
import { giveNotModified, giveStored, isNotModified } from './give-stored.ts';
import { freshenByHead } from './head-update.ts';
import { chosenBy } from './shelf.ts';
import type { StoredAnswer } from './stored-answer.ts';
import type { Known } from './validation.ts';
import { untilGone } from './until-gone.ts';
import { selectionOf } from './vary.ts';

/** More rounds of waiting than these, and a request asks for itself. */
const MOST_WAITS = 2;

/** How often a request has waited for others, and what it found missing when it came. */
interface Turn {
  readonly waits: number;
  readonly missed?: ForwardReason;
}

const FIRST: Turn = { waits: 0 };

/** Answers GET and HEAD. */
export class CacheDesk {
  readonly #settings: CacheSettings;
  readonly #flights: Flights;
  readonly #fetcher: Fetcher;

  constructor(settings: CacheSettings, flights: Flights) {
    this.#settings = settings;
    this.#flights = flights;
    this.#fetcher = new Fetcher(settings);
  }

  /** Answers from what is stored, or from the origin. */
  handle(call: CacheCall): Awaitable<HttpResponse> {
    return this.#look(call, FIRST);
  }

  /** Hands a request on that the cache has nothing to do with. */
  pass(
    { ctx, next }: Pick<CacheCall, 'ctx' | 'next'>,
    why: ForwardReason,
  ): Awaitable<HttpResponse> {
    const tell = (response: HttpResponse): HttpResponse => this.#tell(response, { forwarded: why });
    const response = next(ctx);
    return isThenable(response) ? Promise.resolve(response).then(tell) : tell(response);
  }

  #look(call: CacheCall, turn: Turn): Awaitable<HttpResponse> {
    const all = this.#settings.shelf.read(call.key);
    return isThenable(all)
      ? Promise.resolve(all).then((late) => this.#decide(call, late, turn))
      : this.#decide(call, all, turn);
  }

  #decide(call: CacheCall, all: readonly StoredAnswer[], turn: Turn): Awaitable<HttpResponse> {
    const { ctx, asked, key } = call;
    const chosen = chosenBy(ctx.headers, all);
    const known: Known = { all, chosen };
    const use = chosen && useOf(chosen, asked, this.#settings.clock.wall());
    if (chosen && use && use !== 'validate') {
      if (use === 'renew') this.#renew(call, known);
      const { missed } = turn;
      return this.#give(ctx, chosen, missed ? { isCollapsed: true, forwarded: missed } : HIT);
    }
    const why = use && isFresh(chosen, this.#settings) ? 'request' : missOf(known);
    if (asked.onlyIfCached) return this.#refuse(ctx, why);
    if (asked.noStore) return this.pass(call, 'request');
    if (ctx.method === 'HEAD') return this.#askHead(call, known, why);
    // A part is not stored, and the whole is perhaps more than anybody wants.
    if (!chosen && ctx.headers.has('range')) return this.pass(call, 'partial');
    const isUnshared = this.#settings.notes.isUnshared(key);
    const mayWait = turn.waits < MOST_WAITS && !asked.mustValidate && !isUnshared;
    const flight = mayWait ? this.#flights.find(this.#joinKey(call)) : undefined;
    if (!flight) return this.#lead(call, known, why);
    const { waitMs } = this.#settings;
    return flight.wait({ headers: ctx.headers, signal: ctx.signal, waitMs }).then((landing) =>
      this.#look(call, {
        waits: landing === 'alone' ? MOST_WAITS : turn.waits + 1,
        missed: turn.missed ?? why,
      }),
    );
  }

  /** Asks the origin, for oneself and for those who come meanwhile. */
  async #lead(call: CacheCall, known: Known, why: ForwardReason): Promise<HttpResponse> {
    const { ctx, key, asked } = call;
    const { notes, clock } = this.#settings;
    const isOpen = !asked.mustValidate && !notes.isUnshared(key);
    const joinKey = this.#joinKey(call);
    const flight = this.#flights.begin({ key, joinKey, hasLeader: true, isOpen });
    const asIs = known.all.length === 0 && notes.isUnshared(key);
    const fetching = this.#fetcher.fetch({ call, flight, known, asIs });
    const fetched = await untilGone(fetching, ctx.signal, () => flight.leave());
    if (fetched.kind === 'covered') {
      const { answer, originStatus } = fetched;
      return this.#give(ctx, answer, { forwarded: why, originStatus });
    }
    if (fetched.kind === 'live') return this.#giveLive(ctx, fetched, why);
    const { answer, cookies, isStored } = fetched;
    const freshMs = freshFor(answer, clock.wall());
    this.#give(ctx, answer, { forwarded: why, originStatus: 304, isStored, freshMs });
    for (const cookie of cookies) ctx.response.headers.append('Set-Cookie', cookie);
    return ctx.response;
  }

  /** Renews what is stored while it is still given, once at a time. */
  #renew(call: CacheCall, known: Known): void {
    const joinKey = this.#joinKey(call);
    if (this.#flights.find(joinKey)) return;
    const { key } = call;
    const flight = this.#flights.begin({ key, joinKey, hasLeader: false, isOpen: true });
    // Whoever is given what is stored does not learn that it could not be renewed; the next one will.
    this.#fetcher.fetch({ call, flight, known, asIs: false }).catch(() => {});
  }

  #give(ctx: HttpContext, answer: StoredAnswer, action: CacheAction): HttpResponse {
    const nowMs = this.#settings.clock.wall();
    giveStored(ctx, answer, nowMs);
    return this.#tell(ctx.response, { freshMs: freshFor(answer, nowMs), ...action });
  }

  #giveLive(
    ctx: HttpContext,
    { response: made, origin, head, flight }: Extract<Fetched, { kind: 'live' }>,
    why: ForwardReason,
  ): HttpResponse {
    const { response } = ctx;
    adopt(response, made);
    if (this.#settings.tagHeader) response.headers.delete(this.#settings.tagHeader);
    const nowMs = this.#settings.clock.wall();
    if (head) {
      ctx.onClientLeft(() => flight.leave());
      if (head.status === 200 && isNotModified(ctx, head, nowMs)) giveNotModified(response);
    } else {
      ctx.onSettled(() => (ctx.clientLeft ? origin.abandon() : origin.settle()));
    }
    const freshMs = head && freshFor(head, nowMs);
    return this.#tell(response, {
      forwarded: why,
      ...(head && { isStored: true }),
      ...(freshMs !== undefined && { freshMs }),
    });
  }

  /** HEAD that nothing stored answers goes to the origin, and what is stored learns from the answer. */
  #askHead(call: CacheCall, known: Known, why: ForwardReason): Awaitable<HttpResponse> {
    const requestedMs = this.#settings.clock.wall();
    const learn = (response: HttpResponse): Awaitable<HttpResponse> => {
      const done = freshenByHead({ settings: this.#settings, call, known }, response, requestedMs);
      const tell = (): HttpResponse => this.#tell(response, { forwarded: why });
      return isThenable(done) ? Promise.resolve(done).then(tell) : tell();
    };
    const response = call.next(call.ctx);
    return isThenable(response) ? Promise.resolve(response).then(learn) : learn(response);
  }

  #refuse({ response }: HttpContext, why: ForwardReason): HttpResponse {
    response.status = 504;
    response.headers.set('Content-Type', 'text/plain; charset=utf-8');
    response.headers.set('Cache-Control', 'no-store');
    response.body = 'Nothing that is stored can answer this request\n';
    return this.#tell(response, { forwarded: why });
  }

  #tell(response: HttpResponse, action: CacheAction): HttpResponse {
    tellStatus(response, this.#settings.name, action);
    return response;
  }

  /** Requests that the last answer, as far as is known, would tell apart do not wait for each other. */
  #joinKey({ key, ctx }: CacheCall): string {
    const names = this.#settings.notes.variesOf(key);
    return names.length ? `${key}\n${JSON.stringify(selectionOf(names, ctx.headers))}` : key;
  }
}

const HIT: CacheAction = { isHit: true };

const isFresh = (answer: StoredAnswer | undefined, { clock }: CacheSettings): boolean =>
  answer !== undefined && freshFor(answer, clock.wall()) > 0;

function missOf({ all, chosen }: Known): ForwardReason {
  if (chosen) return 'stale';
  return all.length ? 'vary-miss' : 'uri-miss';
}
