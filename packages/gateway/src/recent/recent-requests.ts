/** RecentRequests: remembers the last requests, some of each second and those that failed, at next to no cost to the others. */
import type { Clock } from '@interpose/kernel';
import { checkNames, checkWhole } from '@interpose/kernel/options';
import type { GatewayContext, GatewayRequest } from '../context.ts';
import type { GatewayObserver } from '../observer.ts';
import type { RecentOptions } from './recent-options.ts';
import { recordOf, type RequestRecord } from './request-record.ts';
import { RequestTrace } from './request-trace.ts';

const KEEP = 100;
const PER_SECOND = 10;

/** Remembers requests. To be told of them as an observer. */
export class RecentRequests implements GatewayObserver {
  readonly #clock: Clock;
  readonly #perSecond: number;
  readonly #followed: Ring<RequestRecord>;
  /** Apart, so that a rush of good ones does not wash them away. */
  readonly #failed: Ring<RequestRecord>;
  #secondEndsMs = 0;
  #left = 0;

  /** @throws TypeError or RangeError for options out of range */
  constructor(clock: Clock, options: RecentOptions = {}) {
    checkNames('requests', options, ['keep', 'perSecond']);
    this.#clock = clock;
    this.#perSecond = checkWhole('perSecond', options.perSecond ?? PER_SECOND, 0);
    const keep = checkWhole('keep', options.keep ?? KEEP, 1);
    this.#followed = new Ring(keep);
    this.#failed = new Ring(keep);
  }

  requestStarted(ctx: GatewayContext): void {
    const nowMs = ctx.startedAtMs;
    if (nowMs >= this.#secondEndsMs) {
      this.#secondEndsMs = nowMs + 1000;
      this.#left = this.#perSecond;
    }
    if (this.#left === 0) return;
    this.#left--;
    (ctx as GatewayRequest).trace = new RequestTrace(this.#clock);
  }

  requestEnded(ctx: GatewayContext): void {
    const { trace, outcome } = ctx as GatewayRequest;
    const isFailed =
      outcome !== undefined && (outcome.status >= 500 || outcome.error !== undefined);
    if (!trace && !isFailed) return;
    const record = recordOf(ctx as GatewayRequest, this.#clock.wall());
    (isFailed ? this.#failed : this.#followed).push(record);
  }

  /** The last ones, the newest first. */
  list(): readonly RequestRecord[] {
    const all = [...this.#followed.items(), ...this.#failed.items()];
    return all.toSorted((one, other) => other.endedAtMs - one.endedAtMs);
  }

  /** The newest with an id; ids that clients bring need not be unique. */
  find(id: string): RequestRecord | undefined {
    return this.list().find((record) => record.id === id);
  }
}

/** The last so many things. */
class Ring<T> {
  readonly #size: number;
  readonly #slots: T[] = [];
  #next = 0;

  constructor(size: number) {
    this.#size = size;
  }

  push(item: T): void {
    this.#slots[this.#next] = item;
    this.#next = (this.#next + 1) % this.#size;
  }

  /** The newest first. */
  items(): T[] {
    const { length } = this.#slots;
    return this.#slots.map(
      (_, at) => this.#slots[(this.#next - 1 - at + 2 * length) % length] as T,
    );
  }
}
