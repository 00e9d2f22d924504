/** Fetcher: gets an answer from the origin, and stores it if it may be stored. */
import { isThenable } from '@interpose/kernel';
import { adopt } from '../answer/answer.ts';
import { statusOf } from '../errors.ts';
import { cancelBody, type HttpResponse } from '../context/response.ts';
import type { CacheCall } from './cache-call.ts';
import type { CacheSettings } from './cache-settings.ts';
import type { Flight } from './flight.ts';
import { mayCoverError, type Reception, useOf } from './freshness.ts';
import { Keeper } from './keeper.ts';
import { madeHead } from './made-head.ts';
import { type OriginConditions, OriginRequest } from './origin-request.ts';
import { NOTHING_ASKED } from './request-directives.ts';
import { freshenedHeaders, type StoredAnswer, type StoredHead } from './stored-answer.ts';
import { conditionsOf, confirmedBy, type Known } from './validation.ts';

/** What came of asking the origin. */
export type Fetched =
  /** An answer as the origin gave it, stored while it is given on or not stored. */
  | {
      readonly kind: 'live';
      readonly response: HttpResponse;
      readonly origin: OriginRequest;
      readonly flight: Flight;
      /** What it is stored as. */
      readonly head: StoredHead | undefined;
    }
  /** What was stored, and the origin has confirmed. */
  | {
      readonly kind: 'confirmed';
      readonly answer: StoredAnswer;
      readonly cookies: readonly string[];
      readonly isStored: boolean;
    }
  /** What was stored, as the origin has failed. */
  | { readonly kind: 'covered'; readonly answer: StoredAnswer; readonly originStatus: number };

/** What is fetched, for whom, and what is stored already. */
export interface FetchOrder {
  readonly call: CacheCall;
  readonly flight: Flight;
  readonly known: Known;
  /** Whether the client's own conditions travel on, as the answer will hardly be one to store. */
  readonly asIs: boolean;
}

interface Came {
  readonly origin: OriginRequest;
  readonly response: HttpResponse;
  readonly reception: Reception;
}

/** What an origin says when it has failed (RFC 5861). */
const FAILURES: ReadonlySet<number> = new Set([500, 502, 503, 504]);

/** Gets answers from the origin. */
export class Fetcher {
  readonly #settings: CacheSettings;
  readonly #keeper: Keeper;

  constructor(settings: CacheSettings) {
    this.#settings = settings;
    this.#keeper = new Keeper(settings);
  }

  /** Asks the origin. Throws what the rest throws, unless something stored covers it. */
  async fetch(order: FetchOrder): Promise<Fetched> {
    const { call, flight, known, asIs } = order;
    try {
      const conditions = asIs ? undefined : conditionsOf(known);
      const came = await this.#ask(order, conditions);
      if (came.response.status !== 304 || !conditions) return await this.#take(order, came);
      const confirmed = confirmedBy(came.response.headers, known);
      if (confirmed) return await this.#confirm(order, came, confirmed);
      // It confirms something that is not stored here, so all of it has to be asked for.
      cancelBody(came.response.takeBody());
      came.origin.settle();
      return await this.#take(order, await this.#ask(order, {}));
    } catch (error) {
      flight.over();
      const status = statusOf(error);
      if (status < 500) this.#settings.notes.unshared(call.key);
      const covered = this.#coverFor(order, status);
      if (covered) return covered;
      throw error;
    }
  }

  async #ask({ call, flight }: FetchOrder, conditions?: OriginConditions): Promise<Came> {
    const { clock } = this.#settings;
    const origin = new OriginRequest(call.ctx, conditions);
    flight.carries(origin);
    const requestedMs = clock.wall();
    const given = call.next.fork({ ctx: origin.ctx });
    const made = isThenable(given) ? await given : given;
    const { response } = origin.ctx;
    if (made !== response) adopt(response, made);
    return { origin, response, reception: { requestedMs, receivedMs: clock.wall() } };
  }

  #coverFor({ call, known }: FetchOrder, originStatus: number): Fetched | undefined {
    const { chosen } = known;
    const { clock, staleIfErrorMs } = this.#settings;
    if (!chosen || !FAILURES.has(originStatus)) return undefined;
    const bounds = { nowMs: clock.wall(), defaultMs: staleIfErrorMs };
    if (!mayCoverError(chosen, call.asked, bounds)) return undefined;
    return { kind: 'covered', answer: chosen, originStatus };
  }

  /** The origin says that something stored is still good. */
  async #confirm(order: FetchOrder, came: Came, stored: StoredAnswer): Promise<Fetched> {
    const { call, flight } = order;
    const { shelf, clock } = this.#settings;
    const { headers } = came.response;
    cancelBody(came.response.takeBody());
    came.origin.settle();
    const merged = freshenedHeaders(stored, headers, this.#settings);
    const given = { status: stored.status, headers: merged };
    const made = madeHead(this.#settings, call, given, came.reception);
    const nowMs = clock.wall();
    const { head } = made;
    const tags = head.tags.length ? head.tags : stored.tags;
    const answer: StoredAnswer = { ...head, tags, body: stored.body };
    const isStored =
      made.isStorable &&
      (await shelf.put(call.key, answer, {
        nowMs,
        isAllowed: () => !flight.isForbidden,
      }));
    // What it says now about caching counts for what was stored before.
    if (made.isBarred) await shelf.remove(call.key, stored, nowMs);
    this.#tellNotes(call.key, made.isStorable ? head : undefined);
    flight.land(isStored ? 'stored' : 'alone');
    flight.over();
    const cookies = this.#settings.storeCookies ? [] : headers.getAll('set-cookie');
    return { kind: 'confirmed', answer, cookies, isStored };
  }

  /** The origin has given an answer of its own. */
  async #take(order: FetchOrder, came: Came): Promise<Fetched> {
    const { call, flight } = order;
    const { response, origin } = came;
    const covered = this.#coverFor(order, response.status);
    if (covered) {
      cancelBody(response.takeBody());
      origin.settle();
      flight.over();
      return covered;
    }
    const { head, isStorable } = madeHead(this.#settings, call, response, came.reception);
    if (!isStorable || this.#keeper.isTooLarge(response)) return this.#giveOn(order, came);
    this.#tellNotes(call.key, head);
    if (this.#isShared(head)) flight.brings(head.vary);
    else flight.land('alone');
    await this.#keeper.keep({ key: call.key, flight, origin, response, head });
    return { kind: 'live', response, origin, flight, head };
  }

  /** Nothing of it is stored. */
  async #giveOn({ call, flight, known }: FetchOrder, { response, origin }: Came): Promise<Fetched> {
    const { notes, shelf, clock } = this.#settings;
    if (response.status < 500) {
      notes.unshared(call.key);
      // There is something newer than what was stored.
      if (known.chosen) await shelf.remove(call.key, known.chosen, clock.wall());
    }
    flight.over();
    if (!flight.hasLeader) {
      cancelBody(response.takeBody());
      origin.abandon();
    }
    return { kind: 'live', response, origin, flight, head: undefined };
  }

  /** Whether others who asked at the same time may be given it, too. */
  #isShared(head: StoredHead): boolean {
    return useOf(head, NOTHING_ASKED, this.#settings.clock.wall()) !== 'validate';
  }

  #tellNotes(key: string, head: StoredHead | undefined): void {
    const { notes } = this.#settings;
    if (!head || !this.#isShared(head)) return notes.unshared(key);
    const names = head.vary.map(([name]) => name);
    notes.shared(key, names);
  }
}
