/** What a guard tells those who listen, and the states of which it speaks. */

/** The states of the circuit of a middleware. */
export const CircuitState = {
  /** The middleware runs. */
  CLOSED: 'CLOSED',
  /** It has failed too often, and does not run. */
  OPEN: 'OPEN',
  /** The time is up: the next runs show whether it is well again. */
  HALF_OPEN: 'HALF_OPEN',
} as const;

/** One of the states of the circuit of a middleware. */
export type CircuitState = (typeof CircuitState)[keyof typeof CircuitState];

/** Events of a guard. */
export interface GuardEvents {
  /** An error arose in a middleware, and is a failure. */
  readonly failed: { readonly middleware: string; readonly ownMs: number; readonly error: unknown };
  /** A middleware was at work for too long and has been ended. */
  readonly timedOut: {
    readonly middleware: string;
    readonly limitMs: number;
    readonly elapsedMs: number;
  };
  /** A middleware that had been timed out has come to an end after all. */
  readonly late: { readonly middleware: string; readonly elapsedMs: number };
  /** A middleware was at work for too long, and nothing could stop it: something blocked the thread. */
  readonly blocked: {
    readonly middleware: string;
    readonly limitMs: number;
    readonly ownMs: number;
  };
  /** A call went past a middleware because its circuit is open. */
  readonly skipped: { readonly middleware: string };
  /** A call was refused because the circuit of a middleware is open. */
  readonly rejected: { readonly middleware: string; readonly retryAfterMs: number | undefined };
  /** The circuit of a middleware has changed its state. */
  readonly stateChanged: {
    readonly middleware: string;
    readonly from: CircuitState;
    readonly to: CircuitState;
  };
  readonly [type: string]: object;
}
