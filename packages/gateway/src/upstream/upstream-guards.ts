/** UpstreamGuards: what stands before an upstream as a whole, so that it is left in peace or does not get too much at once. */
import type { Awaitable, Clock } from '@interpose/kernel';
import { checkNames } from '@interpose/kernel/options';
import {
  type Bulkhead,
  bulkhead,
  type CircuitBreaker,
  circuitBreaker,
  type CircuitBreakerOptions,
  RejectedError,
} from '@interpose/resilience';
import { UpstreamFailedError, UpstreamTimeoutError } from '@interpose/http/proxy';
import type { GatewayRequest } from '../context.ts';
import type { UpstreamCall } from './upstream-call.ts';
import type { BreakerConfig, BulkheadConfig, UpstreamConfig } from './upstream-config.ts';
import { UpstreamUnavailableError } from './upstream-errors.ts';

/** What a policy is shown of a request. */
interface Guarded {
  readonly signal?: AbortSignal;
}

/** The guards of one upstream. */
export class UpstreamGuards {
  readonly breaker: CircuitBreaker<Guarded> | undefined;
  readonly bulkhead: Bulkhead<Guarded> | undefined;
  readonly #mayWait: boolean;

  /** @throws TypeError or RangeError for options out of range */
  constructor(name: string, { breaker, bulkhead: slots }: UpstreamConfig, clock: Clock) {
    this.breaker = breaker && circuitBreaker<Guarded>({ name, clock, ...breakerOptions(breaker) });
    this.#mayWait = (slots?.maxQueue ?? 0) > 0;
    this.bulkhead = slots && bulkhead<Guarded>({ name, clock, ...bulkheadOptions(slots) });
  }

  /** True if there is nothing to pass. */
  get isOpen(): boolean {
    return !this.breaker && !this.bulkhead;
  }

  /**
   * Runs a call if the guards let it.
   *
   * @throws UpstreamUnavailableError if they do not
   */
  async run(ctx: GatewayRequest, call: UpstreamCall): Promise<void> {
    try {
      await (this.bulkhead ? this.#inSlot(this.bulkhead, ctx, call) : this.#counted(call));
    } catch (error) {
      throw refusalOf(error);
    }
  }

  #counted(call: UpstreamCall): Awaitable<number> {
    const asked = (): Promise<number> => call.run().then(() => call.status);
    return this.breaker ? this.breaker({}, asked) : asked();
  }

  /** The slot is held until nothing more will be sent, which is longer than anybody waits here. */
  #inSlot(slots: Bulkhead<Guarded>, ctx: GatewayRequest, call: UpstreamCall): Promise<void> {
    // Who cannot wait cannot leave while waiting; a signal for every request would be dear.
    const shown = this.#mayWait ? { signal: ctx.signal } : {};
    return new Promise((resolve, reject) => {
      const held = async (): Promise<void> => {
        await this.#counted(call);
        resolve();
        await new Promise<void>((settled) => ctx.onSettled(settled));
      };
      // Whoever throws at once, and whoever rejects later, is told in one way.
      const guarded = async (): Promise<void> => await slots(shown, held);
      guarded().catch(reject);
    });
  }

  /** Goes on from where the guards of an earlier config stood. */
  adopt({ breaker }: UpstreamGuards): void {
    if (this.breaker && breaker) this.breaker.restore(breaker.snapshot());
  }

  /** Sends away whoever waits. */
  close(): void {
    this.bulkhead?.[Symbol.dispose]();
    this.breaker?.[Symbol.dispose]();
  }
}

/** A refusal as the client is told of it. */
function refusalOf(error: unknown): unknown {
  if (!(error instanceof RejectedError)) return error;
  const { code, retryAfterMs } = error;
  return new UpstreamUnavailableError({ code, retryAfterMs, cause: error });
}

function breakerOptions(config: BreakerConfig): CircuitBreakerOptions<Guarded> {
  checkNames('breaker', config, [
    'failures',
    'failureRatio',
    'minimumCalls',
    'windowMs',
    'openMs',
    'maxOpenMs',
  ]);
  const { failures, failureRatio = 0.5, minimumCalls = 20, windowMs = 30_000 } = config;
  const { openMs, maxOpenMs } = config;
  return {
    trip:
      failures === undefined
        ? { kind: 'ratio', failureRatio, minimumCalls, windowMs, buckets: 10 }
        : { kind: 'consecutive', failures },
    ...(openMs !== undefined && { openMs }),
    ...(maxOpenMs !== undefined && { maxOpenMs }),
    classify: (outcome) => {
      if (outcome.ok) return (outcome.value as number) >= 500 ? 'failure' : 'success';
      // A client that left, a body that broke a rule, a pool that was full: none of it is the upstream's fault.
      const isFailure = [UpstreamFailedError, UpstreamTimeoutError].some(
        (kind) => outcome.error instanceof kind,
      );
      return isFailure ? 'failure' : 'ignored';
    },
  };
}

function bulkheadOptions(config: BulkheadConfig): object {
  checkNames('bulkhead', config, ['maxConcurrent', 'maxQueue', 'queueTimeoutMs']);
  const { maxConcurrent = 10, maxQueue = 0, queueTimeoutMs = 1000 } = config;
  return { maxConcurrent, maxQueue, queueTimeoutMs };
}
