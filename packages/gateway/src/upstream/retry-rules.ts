/** Retry rules: what may be sent once more, and when. Nothing ever is that could be done twice by it. */
import type { Clock } from '@interpose/kernel';
import { checkMs, checkNames, checkWhole, outOfRange } from '@interpose/kernel/options';
import { parseRetryAfter, type RetryBudget, retryBudget } from '@interpose/resilience';
import {
  ConnectFailedError,
  ConnectionLostError,
  type IncomingBody,
  type RequestFailedError,
  statusOfFailure,
} from '@interpose/wire';
import type { GatewayRequest } from '../context.ts';
import type { RetryConfig } from './upstream-config.ts';

/** To do it twice is to do it once (RFC 9110, section 9.2.2). */
const IDEMPOTENT: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE']);

/** Requests that fail together should not come back together. */
const LEAST_WAIT_MS = 25;
const MOST_WAIT_MS = 75;

const NAMES: readonly (keyof RetryConfig)[] = [
  'retries',
  'statuses',
  'idempotencyKey',
  'maxBodyBytes',
  'budgetPercent',
  'minPerSecond',
  'maxRetryAfterMs',
];

/** What the rules are asked about. */
export interface Repeatable {
  readonly method: string;
  readonly headers: GatewayRequest['headers'];
}

/** What may be sent once more to one upstream. */
export class RetryRules {
  readonly retries: number;
  readonly budget: RetryBudget;
  readonly #statuses: ReadonlySet<number>;
  readonly #byKey: boolean;
  readonly #maxBodyBytes: number;
  readonly #maxRetryAfterMs: number;
  readonly #clock: Clock;
  readonly #random: () => number;

  /** @throws TypeError or RangeError for rules out of range */
  constructor(config: RetryConfig, { clock, random }: { clock: Clock; random: () => number }) {
    checkNames('retry', config, NAMES);
    this.retries = checkWhole('retry.retries', config.retries ?? 1);
    this.#statuses = new Set(config.statuses);
    for (const status of this.#statuses) checkStatus(status);
    this.#byKey = config.idempotencyKey ?? false;
    this.#maxBodyBytes = checkWhole('retry.maxBodyBytes', config.maxBodyBytes ?? 65_536);
    this.#maxRetryAfterMs = checkMs('retry.maxRetryAfterMs', config.maxRetryAfterMs ?? 1000);
    this.#clock = clock;
    this.#random = random;
    this.budget = retryBudget({
      clock,
      ratio: percent('retry.budgetPercent', config.budgetPercent ?? 20) / 100,
      minPerSecond: config.minPerSecond ?? 10,
    });
  }

  /** Whether it does no harm if the upstream gets the request twice. */
  isRepeatable({ method, headers }: Repeatable): boolean {
    return IDEMPOTENT.has(method) || (this.#byKey && headers.has('idempotency-key'));
  }

  /** Whether a body is to be read before it is sent, so that it can be sent again. */
  keeps(body: IncomingBody): boolean {
    return this.retries > 0 && body.length !== undefined && body.length <= this.#maxBodyBytes;
  }

  /** How long to wait before a request is sent again that has failed; `undefined` if it must not be. */
  waitAfter(error: RequestFailedError, isRepeatable: boolean): number | undefined {
    if (error.nothingSent) return this.#jitter();
    if (!isRepeatable || !ConnectionLostError.is(error)) return undefined;
    // The other end closed a connection that it had kept, just as it was used: that says nothing of how it is doing.
    return error.wasReused ? 0 : this.#jitter();
  }

  /** How long to wait before a request is sent again that was answered; `undefined` if the answer counts. */
  waitAfterAnswer(answer: Answered): number | undefined {
    if (!this.#statuses.has(answer.status)) return undefined;
    const asked = answer.header('retry-after');
    const askedMs = asked === undefined ? 0 : (parseRetryAfter(asked, this.#clock) ?? 0);
    return askedMs > this.#maxRetryAfterMs ? undefined : Math.max(askedMs, this.#jitter());
  }

  #jitter(): number {
    return LEAST_WAIT_MS + (MOST_WAIT_MS - LEAST_WAIT_MS) * this.#random();
  }
}

/** What the rules look at in an answer. */
export interface Answered {
  readonly status: number;
  header(name: string): string | undefined;
}

/** False for a failure that says nothing of the target but that it has enough to do. */
export function isTargetsFault(error: RequestFailedError): boolean {
  return statusOfFailure(error) !== 503;
}

/** True for a failure after which the same target may be tried again if there is no other: what is too late or too much stays so. */
export function mayPass(error: RequestFailedError): boolean {
  return ConnectFailedError.is(error) || ConnectionLostError.is(error);
}

function checkStatus(status: number): void {
  checkWhole('retry.statuses', status);
  if (status < 400 || status > 599) throw outOfRange('retry.statuses', 'from 400 to 599', status);
}

/**
 * A share.
 *
 * @throws TypeError or RangeError if it is none
 */
export function percent(name: string, value: number): number {
  if (checkMs(name, value) <= 100) return value;
  throw outOfRange(name, 'a number from 0 to 100', value);
}
