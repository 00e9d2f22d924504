/** What a guard throws of its own. */
import { RejectedError } from '../errors.ts';

/** What a timeout of a middleware says of itself. */
export interface MiddlewareTimeoutFigures {
  /** The name of the middleware. */
  readonly middleware: string;
  /** How long it may be at work. */
  readonly limitMs: number;
  /** How long it has been. */
  readonly elapsedMs: number;
}

/** A middleware was at work for longer than it may be. What it still gives is discarded; its signal has been aborted with this very error. */
export class MiddlewareTimeoutError extends RejectedError implements MiddlewareTimeoutFigures {
  static override readonly code: string = 'MIDDLEWARE_TIMEOUT';
  readonly middleware: string;
  readonly limitMs: number;
  readonly elapsedMs: number;

  constructor({ middleware, limitMs, elapsedMs }: MiddlewareTimeoutFigures) {
    super(`Middleware "${middleware}" was ended: it took longer than ${limitMs} ms.`, {
      policy: middleware,
    });
    this.middleware = middleware;
    this.limitMs = limitMs;
    this.elapsedMs = elapsedMs;
  }
}
