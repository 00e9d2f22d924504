/** What can go wrong before an upstream has been asked. */
import { HttpError } from '@interpose/http';

/** More about an `UpstreamUnavailableError`. */
export interface Unavailable {
  /** Tells programs what keeps the upstream from being asked. */
  readonly code?: string;
  /** When it is worth trying again, if that is known. */
  readonly retryAfterMs?: number | undefined;
  readonly cause?: unknown;
}

/** The upstream is not asked: no target is well, or it is left in peace, or it has enough to do. */
export class UpstreamUnavailableError extends HttpError {
  static override readonly code: string = 'UPSTREAM_UNAVAILABLE';

  constructor({ code = 'UPSTREAM_UNAVAILABLE', retryAfterMs, cause }: Unavailable = {}) {
    super(503, 'The upstream is not available', {
      code,
      cause,
      ...(retryAfterMs !== undefined &&
        retryAfterMs < Infinity && {
          headers: { 'Retry-After': String(Math.max(1, Math.ceil(retryAfterMs / 1000))) },
        }),
    });
  }
}

/** The request has been sent by this very gateway: it would go round for ever. */
export class ProxyLoopError extends HttpError {
  static override readonly code: string = 'PROXY_LOOP';

  constructor() {
    super(508, 'The request has come back to where it was sent from', { code: 'PROXY_LOOP' });
  }
}

/** Everything together took longer than it may. */
export class UpstreamDeadlineError extends Error {
  constructor(timeoutMs: number) {
    super(`The answer was not whole within ${timeoutMs} ms`);
    this.name = 'UpstreamDeadlineError';
  }
}
