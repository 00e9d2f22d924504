/** Circuit: the states of a circuit breaker and the ways between them, with nothing of calls, promises or stores. */
import type { Clock } from '@interpose/kernel';
import { CircuitIsolatedError, CircuitOpenError } from '../errors.ts';
import type { Events } from '../events.ts';
import type { Verdict } from '../outcome.ts';
import type { CircuitSettings } from './breaker-options.ts';
import type { CircuitBreakerEvents, CloseReason, OpenReason } from './circuit-events.ts';
import { type CircuitBreakerState, type CircuitPhase, Tally } from './circuit-state.ts';
import { Trial } from './trial.ts';
import { countsAlike, ruleOf } from './trip.ts';
import type { SavedCounts, TripRule } from './trip-rule.ts';

/** What a circuit works with. */
export interface CircuitParts {
  readonly name: string;
  readonly clock: Clock;
  readonly events: Events<CircuitBreakerEvents>;
  /** Is called when this circuit has opened or closed, and was not told to by another. */
  readonly onTurn: () => void;
}

/** How a circuit is to stand. */
export interface Standing {
  readonly phase: 'closed' | 'open';
  readonly openings: number;
  /** For how long from now on it stays open; 0: it is half-open. */
  readonly openForMs: number;
}

/** The generation of a call that must not pass. */
export const REFUSED = 0;

/**
 * The state machine. Time moves it only when somebody calls or looks, to where it would be if it had moved by itself. Whatever changes how
 * it stands begins a new generation with counts of its own; calls of older ones move nothing.
 */
export class Circuit {
  readonly #parts: CircuitParts;
  readonly #holders: Set<object> = new Set();
  readonly #tally: Tally = new Tally();
  readonly #trial: Trial = new Trial();
  #settings: CircuitSettings;
  #rule: TripRule;
  #phase: CircuitPhase = 'closed';
  /** Closed and not isolated: calls pass, and nobody need look at the clock. */
  #free = true;
  #generation = 1;
  #openings = 0;
  #openedAtMs: number | undefined;
  #openUntilMs = 0;
  #lastFailureAtMs: number | undefined;
  #cause: unknown;

  constructor(parts: CircuitParts, settings: CircuitSettings) {
    this.#parts = parts;
    this.#settings = settings;
    this.#rule = ruleOf(settings.trip, settings.slowRatio);
  }

  get isFree(): boolean {
    return this.#free;
  }

  /** Whether a call would be let through now. Takes no permit. */
  get allows(): boolean {
    if (this.#free) return true;
    this.#catchUp();
    if (this.#holders.size > 0 || this.#phase === 'open') return false;
    return this.#phase === 'closed' || this.#trial.hasPermit(this.#settings);
  }

  /** Lets a call through, perhaps on trial, and gives its generation; or `REFUSED`. */
  admit(): number {
    if (!this.#free) {
      if (!this.allows) return REFUSED;
      if (this.#phase === 'half-open') this.#trial.admit(this.#parts.clock.now(), this.#settings);
    }
    this.#tally.admit();
    return this.#generation;
  }

  /** What a call is refused with that has just not been let through. */
  refusal(): CircuitOpenError | CircuitIsolatedError {
    const { name, clock, events } = this.#parts;
    this.#tally.reject();
    if (this.#holders.size > 0) {
      events.emit('rejected', { state: 'isolated', retryAfterMs: undefined });
      return new CircuitIsolatedError(name);
    }
    const state = this.#phase === 'open' ? 'open' : 'half-open';
    const atMs = state === 'open' ? this.#openUntilMs : this.#trial.decideByMs;
    const retryAfterMs = Math.max(0, atMs - clock.now());
    const error = new CircuitOpenError({ policy: name, state, retryAfterMs, cause: this.#cause });
    events.emit('rejected', { state, retryAfterMs });
    return error;
  }

  succeeded(generation: number, slow: boolean): void {
    if (!this.#settle(generation, 'success')) return;
    if (this.#phase === 'closed') {
      const cause = this.#rule.succeeded(slow, this.#rule.timed ? this.#parts.clock.now() : 0);
      if (cause) this.#open(cause);
      return;
    }
    // Whoever answers slowly has not got well.
    const decided = this.#trial.settle(slow ? 'failure' : 'success', this.#settings);
    if (decided === 'failed') this.#open('trial');
    else if (decided === 'passed') this.#close('trial');
  }

  failed(generation: number, slow: boolean, failure: unknown): void {
    if (!this.#settle(generation, 'failure')) return;
    const nowMs = this.#parts.clock.now();
    this.#lastFailureAtMs = nowMs;
    const cause = this.#phase === 'closed' ? this.#rule.failed(slow, nowMs) : 'trial';
    if (!cause) return;
    this.#cause = failure;
    this.#open(cause);
  }

  /** The call counts for nothing; a permit that it had is free again. */
  ignored(generation: number): void {
    if (!this.#settle(generation, 'ignored')) return;
    if (this.#phase === 'half-open') this.#trial.settle('ignored', this.#settings);
  }

  openByHand(): void {
    this.#catchUp();
    this.#open('by-hand');
  }

  closeByHand(): void {
    this.#catchUp();
    this.#close('by-hand');
  }

  /** As when it was made, but for calls under way, which count no more. */
  reset(): void {
    this.#release();
    this.#close('by-hand');
    this.#tally.reset(this.#generation);
    this.#lastFailureAtMs = undefined;
  }

  /** Lets nothing through until all who have isolated it have released it. Gives back how to do so. */
  isolate(): () => void {
    this.#catchUp();
    const holder = {};
    this.#holders.add(holder);
    if (this.#holders.size === 1) {
      this.#enter(this.#phase);
      this.#parts.events.emit('isolated', { generation: this.#generation });
    }
    return () => this.#release(holder);
  }

  /** Goes by other settings from now on. Counts stay where they mean the same. */
  configure(settings: CircuitSettings): void {
    const before = this.#settings;
    const nowMs = this.#catchUp();
    const rule = ruleOf(settings.trip, settings.slowRatio);
    const alike =
      countsAlike(before.trip, settings.trip) && before.slowCallMs === settings.slowCallMs;
    if (alike) rule.load(this.#rule.save(nowMs), nowMs);
    this.#rule = rule;
    this.#settings = settings;
    if (!alike && this.#phase === 'closed') this.#enter('closed');
  }

  /** Stands as another says, counting from nothing if that is a change. */
  stand({ phase, openings, openForMs }: Standing, reason: 'shared' | 'restored'): void {
    const nowMs = this.#catchUp();
    if (phase === 'closed') {
      if (this.#phase !== 'closed') this.#close(reason);
      return;
    }
    this.#openings = openings;
    const openMs = Math.min(Math.max(0, openForMs), this.#settings.maxOpenMs);
    if (this.#phase === 'open') this.#openUntilMs = nowMs + openMs;
    // A circuit whose time is up is half-open, and this one is already.
    else if (this.#phase === 'closed' || openMs > 0) this.#openFor(openMs, { reason, atMs: nowMs });
  }

  /** Stands as a snapshot says, and counts on from it. */
  restore(standing: Standing, counts: SavedCounts): void {
    if (standing.phase === 'open') return this.stand(standing, 'restored');
    this.#close('restored');
    this.#rule.load(counts, this.#parts.clock.now());
  }

  /** How it stands, for another that is to stand alike. */
  standing(): Standing & { readonly counts: SavedCounts } {
    const nowMs = this.#catchUp();
    return {
      phase: this.#phase === 'closed' ? 'closed' : 'open',
      openings: this.#openings,
      openForMs: this.#phase === 'open' ? this.#openUntilMs - nowMs : 0,
      counts: this.#rule.save(nowMs),
    };
  }

  state(): CircuitBreakerState {
    const nowMs = this.#catchUp();
    return {
      state: this.#holders.size > 0 ? 'isolated' : this.#phase,
      generation: this.#generation,
      ...this.#rule.figures(nowMs),
      onTrial: this.#trial.running,
      openings: this.#openings,
      openedAtMs: this.#phase === 'closed' ? undefined : this.#openedAtMs,
      openUntilMs: this.#phase === 'open' ? this.#openUntilMs : undefined,
      lastFailureAtMs: this.#lastFailureAtMs,
      ...this.#tally.totals(),
    };
  }

  /** Goes where time has led it: from open to half-open, and back if nothing has been decided. Gives the time of now. */
  #catchUp(): number {
    const nowMs = this.#parts.clock.now();
    for (;;) {
      if (this.#phase === 'open' && nowMs >= this.#openUntilMs) {
        this.#enter('half-open');
        this.#parts.events.emit('halfOpened', { generation: this.#generation });
      } else if (this.#trial.isOverdue(nowMs)) this.#open('no-decision', this.#trial.decideByMs);
      else return nowMs;
    }
  }

  /** Says whether a call that has ended moves anything. */
  #settle(generation: number, verdict: Verdict): boolean {
    if (this.#phase !== 'closed') this.#catchUp();
    const current = this.#generation;
    if (generation === current) {
      this.#tally.settle(verdict);
      return true;
    }
    this.#tally.outlive(generation);
    this.#parts.events.emit('staleResult', { verdict, generation, current });
    return false;
  }

  #open(reason: OpenReason, atMs: number = this.#parts.clock.now()): void {
    const { openMs, openFactor, maxOpenMs } = this.#settings;
    const growth = openFactor ** this.#openings++;
    this.#openFor(Math.min(openMs * growth, maxOpenMs), { reason, atMs });
    this.#parts.onTurn();
  }

  #openFor(openMs: number, { reason, atMs }: { reason: OpenReason; atMs: number }): void {
    const figures = this.#rule.figures(atMs);
    const ratio = figures.calls > 0 ? figures.failures / figures.calls : 0;
    this.#openedAtMs = atMs;
    this.#openUntilMs = atMs + openMs;
    this.#enter('open');
    const generation = this.#generation;
    this.#parts.events.emit('opened', { reason, ratio, ...figures, openMs, generation });
  }

  #close(reason: CloseReason): void {
    const wasClosed = this.#phase === 'closed';
    this.#openings = 0;
    this.#cause = undefined;
    this.#enter('closed');
    if (wasClosed) return;
    this.#parts.events.emit('closed', { reason, generation: this.#generation });
    if (reason === 'trial' || reason === 'by-hand') this.#parts.onTurn();
  }

  /** Begins a generation. */
  #enter(phase: CircuitPhase): void {
    this.#phase = phase;
    this.#generation++;
    this.#rule.clear();
    this.#trial.begin();
    this.#free = phase === 'closed' && this.#holders.size === 0;
  }

  /** One who has isolated it holds it no longer; without a name, nobody does. */
  #release(holder?: object): void {
    if (this.#holders.size === 0) return;
    if (!holder) this.#holders.clear();
    else if (!this.#holders.delete(holder)) return;
    if (this.#holders.size > 0) return;
    this.#catchUp();
    this.#free = this.#phase === 'closed';
    this.#parts.events.emit('released', { state: this.#phase });
  }
}
