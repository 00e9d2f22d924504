/** Own signal: lets each middleware find on one and the same context a `signal` of its own, made only if it looks. */
import { endOf, Scope } from '../scope.ts';
import type { Thread } from './watchdog.ts';

/** A context that has been lent a signal. */
interface Loan {
  /** Whose middleware is to find its own signal. */
  thread: Thread;
  /** Two calls share the context: then nobody can tell who looks. */
  shared: boolean;
  /** The signal that it would have otherwise. */
  source: () => AbortSignal | undefined;
}

const LOANS = new WeakMap<object, Loan>();

/**
 * Sees to it that the middleware which runs finds its own signal as `ctx.signal`. The context stays the same object, so that what is
 * written on it is seen by all, as without a guard. A context that cannot be changed is left as it is.
 */
export function lendSignal(ctx: unknown, thread: Thread): void {
  if (typeof ctx !== 'object' || ctx === null) return;
  const loan = LOANS.get(ctx);
  if (loan) {
    if (loan.thread === thread) return;
    if (!loan.thread.isOver && loan.thread.call !== thread.call) loan.shared = true;
    loan.thread = thread;
    return;
  }
  const own = Object.getOwnPropertyDescriptor(ctx, 'signal');
  if (own ? !own.configurable : !Object.isExtensible(ctx)) return;
  LOANS.set(ctx, { thread, shared: false, source: sourceOf(ctx, own) });
  // One that was not there before is no part of a copy: each context is lent its own.
  Object.defineProperty(ctx, 'signal', own?.enumerable ? LISTED : UNLISTED);
}

/** The end that can come to a context from further out. Asking makes no signal. */
export function outerEndOf(ctx: unknown): Scope | AbortSignal | undefined {
  const loan = typeof ctx === 'object' && ctx !== null ? LOANS.get(ctx) : undefined;
  return loan ? loan.source() : endOf(ctx);
}

function sourceOf(ctx: object, own: PropertyDescriptor | undefined): Loan['source'] {
  const found = own ?? inherited(ctx);
  if (found?.get) return () => found.get?.call(ctx) as AbortSignal | undefined;
  const signal = found?.value as AbortSignal | undefined;
  return () => signal;
}

function inherited(ctx: object): PropertyDescriptor | undefined {
  for (let at: object | null = ctx; at; at = Object.getPrototypeOf(at) as object | null) {
    const found = Object.getOwnPropertyDescriptor(at, 'signal');
    if (found) return found;
  }
  return undefined;
}

/** The loan of an object, or of what it inherits from. */
function loanOf(ctx: object): Loan | undefined {
  for (let at: object | null = ctx; at; at = Object.getPrototypeOf(at) as object | null) {
    const loan = LOANS.get(at);
    if (loan) return loan;
  }
  return undefined;
}

const UNLISTED: PropertyDescriptor = {
  get(this: object): AbortSignal | undefined {
    const loan = loanOf(this);
    if (!loan || loan.shared || loan.thread.isOver) return loan?.source();
    return loan.thread.signalWithin(loan.source);
  },
  set(this: object, signal: AbortSignal | undefined) {
    const loan = LOANS.get(this);
    if (loan) loan.source = () => signal;
    else
      Object.defineProperty(this, 'signal', {
        value: signal,
        writable: true,
        enumerable: true,
        configurable: true,
      });
  },
  enumerable: false,
  configurable: true,
};

const LISTED: PropertyDescriptor = { ...UNLISTED, enumerable: true };
