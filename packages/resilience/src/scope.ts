/** Scope: what a run knows of its own end (signal, deadline, number of the attempt), at the price of a signal only if one is read. */
import { COPY, extend } from '@interpose/kernel';

/** Where a context keeps its scope. */
const SCOPE: unique symbol = Symbol.for('interpose.scope');

/** Signals that scopes have made: whoever hands on the signal alone hands on deadline and attempt, too. */
const MADE = new WeakMap<AbortSignal, Scope>();

interface Scoped {
  readonly [SCOPE]?: Scope;
  readonly signal?: AbortSignal | undefined;
}

/** What a scope may know from the start. */
export interface ScopeParts {
  /** When the run must be over, by the clock's `now()`. @default that of the scope further out */
  readonly deadlineMs?: number;
  /** The number of the attempt, from 1. @default that of the scope further out */
  readonly attempt?: number;
}

/** One run's end: it comes when it is aborted, or when the scope or signal further out is. */
export class Scope {
  readonly #outer: Scope | undefined;
  readonly #source: AbortSignal | undefined;
  readonly deadlineMs: number;
  readonly attempt: number;
  #ended = false;
  #reason: unknown;
  #controller: AbortController | undefined;
  /** The first of those who follow; mostly there is no other, and no set is needed. */
  #follower: (() => void) | undefined;
  #followers: Set<() => void> | undefined;
  #unlink: (() => void) | undefined;

  /** The end of what is within `ctx`, for a run that gets a context of its own. */
  constructor(ctx: unknown, { deadlineMs = Infinity, attempt }: ScopeParts = {}) {
    const end = endOf(ctx);
    const outer = end instanceof Scope ? end : undefined;
    this.#outer = outer;
    this.#source = outer ? undefined : (end as AbortSignal | undefined);
    this.deadlineMs = outer ? Math.min(deadlineMs, outer.deadlineMs) : deadlineMs;
    this.attempt = attempt ?? outer?.attempt ?? 1;
  }

  /** True where an end can come from further out. */
  get isWithin(): boolean {
    return this.#outer !== undefined || this.#source !== undefined;
  }

  /** Asking makes no signal. */
  get aborted(): boolean {
    return this.#ended || (this.#outer?.aborted ?? false) || (this.#source?.aborted ?? false);
  }

  get reason(): unknown {
    if (this.#ended) return this.#reason;
    return this.#outer ? this.#outer.reason : this.#source?.reason;
  }

  /** The signal that has been made, if anybody asked for it. */
  get made(): AbortSignal | undefined {
    return this.#controller?.signal;
  }

  get signal(): AbortSignal {
    if (!this.#controller) {
      this.#controller = new AbortController();
      MADE.set(this.#controller.signal, this);
      if (this.aborted) this.#controller.abort(this.reason);
      else this.#link();
    }
    return this.#controller.signal;
  }

  /** Ends the run. The first reason stays. */
  abort(reason: unknown): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#reason = reason;
    this.leave();
    this.#controller?.abort(reason);
    const first = this.#follower;
    const others = this.#followers;
    this.#follower = undefined;
    this.#followers = undefined;
    first?.();
    if (others) for (const follower of others) follower();
  }

  /** Calls `run` once when the end comes; gives back how to stop waiting for it. An end that has come already is not told. */
  follow(run: () => void): () => void {
    if (!this.#follower && !this.#followers?.size) this.#follower = run;
    else if (this.#follower !== run) (this.#followers ??= new Set()).add(run);
    this.#link();
    return () => this.#unfollow(run);
  }

  #unfollow(run: () => void): void {
    if (this.#follower === run) this.#follower = undefined;
    else this.#followers?.delete(run);
    if (!this.#follower && !this.#followers?.size && !this.#controller) this.leave();
  }

  /** Stops listening further out and leaves no listener there: the run is over. */
  leave(): void {
    this.#unlink?.();
    this.#unlink = undefined;
  }

  /** Whoever has been told already hears nothing new. */
  #link(): void {
    if (this.#unlink || this.#ended) return;
    const source = this.#source;
    if (this.#outer) this.#unlink = this.#outer.follow(() => this.abort(this.#outer?.reason));
    else if (source) {
      const hear = (): void => this.abort(source.reason);
      source.addEventListener('abort', hear, { once: true });
      this.#unlink = () => source.removeEventListener('abort', hear);
    }
  }
}

/** One property for all contexts, so that they keep one shape. */
const SIGNAL: PropertyDescriptor = {
  get(this: Required<Scoped>) {
    return this[SCOPE].signal;
  },
  // A copied signal has been taken into the scope already.
  set() {},
  enumerable: true,
  configurable: true,
};

/** A copy of a context with a scope: its `signal` is made when somebody reads it. */
export function scoped<C>(ctx: C, scope: Scope): C {
  if (typeof ctx !== 'object' || ctx === null) return ctx;
  if (Object.getPrototypeOf(ctx) !== Object.prototype) {
    return Object.defineProperty(extend(ctx, { [SCOPE]: scope }), 'signal', SIGNAL);
  }
  const copy: object = Object.defineProperty(new Shell(scope), 'signal', SIGNAL);
  if (!(SCOPE in ctx)) return Object.assign(copy, ctx);
  // To copy the signal of a scope further out would make it.
  for (const key of Reflect.ownKeys(ctx) as (keyof typeof copy)[]) {
    const isOwn: boolean = key === 'signal' || key === SCOPE || key === COPY;
    if (!isOwn) copy[key] = ctx[key] as never;
  }
  return copy as C;
}

/** Makes plain objects, as a literal does, but with room in them for all that a context has. */
const Shell = function Shell(this: { [SCOPE]: Scope; [COPY]: unknown }, scope: Scope) {
  this[SCOPE] = scope;
  this[COPY] = copied;
} as unknown as new (scope: Scope) => object;
Object.defineProperty(Shell, 'prototype', { value: Object.prototype });

/** How `extend` copies a context with a scope. A spread of one has a signal of its own, which may have been replaced since. */
function copied(this: Scoped): object {
  const scope = scopeOf(this);
  if (scope) return scoped(this, scope);
  return Object.defineProperty({ ...this }, COPY, { value: undefined });
}

/** The scope in which a context stands, unless somebody has put another signal on it since. */
export function scopeOf(ctx: unknown): Scope | undefined {
  const end = endOf(ctx);
  return end instanceof Scope ? end : undefined;
}

/** What can end a run from further out; nothing if nothing can. */
export function endOf(ctx: unknown): Scope | AbortSignal | undefined {
  if (ctx === undefined || ctx === null) return undefined;
  const scope = (ctx as Scoped)[SCOPE];
  if (scope && !scope.made) return scope;
  const { signal } = ctx as Scoped;
  if (!signal) return undefined;
  return scope?.made === signal ? scope : (MADE.get(signal) ?? signal);
}

/** Throws the reason if whoever called has given up. Asking makes no signal. */
export function throwIfAborted(ctx: unknown): void {
  const end = endOf(ctx);
  if (end?.aborted) throw end.reason;
}

/** Why whoever called has given up; `undefined` as long as nobody has. Asking makes no signal. */
export function abortReason(ctx: unknown): unknown {
  const end = endOf(ctx);
  return end?.aborted ? end.reason : undefined;
}

/** Calls `run` once when whoever called gives up; gives back how to stop waiting for it. */
export function onAbort(ctx: unknown, run: (reason: unknown) => void): () => void {
  const end = endOf(ctx);
  if (!end) return nothing;
  if (end instanceof Scope) return end.follow(() => run(end.reason));
  const hear = (): void => run(end.reason);
  end.addEventListener('abort', hear, { once: true });
  return () => end.removeEventListener('abort', hear);
}

const nothing = (): void => {};

/** The number of the attempt in which this is called, from 1. */
export function attemptOf(ctx: unknown): number {
  return scopeOf(ctx)?.attempt ?? 1;
}

/** When the call must be over, by the clock's `now()`; `Infinity` if there is no such time. */
export function deadlineOf(ctx: unknown): number {
  return scopeOf(ctx)?.deadlineMs ?? Infinity;
}
