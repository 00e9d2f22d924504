/** rateLimit: lets each client make so many requests in a time, and tells it how many are left. */
import { type Clock, isThenable } from '@interpose/kernel';
import { systemClock } from '@interpose/kernel/clock';
import { checkMs, checkNames, checkWhole, outOfRange, unexpected } from '@interpose/kernel/options';
import { LimitStoreFailedError } from '@interpose/resilience';
import {
  type LimitDecision,
  limitRule,
  type LimitRule,
  type LimitRuleOptions,
  type LimitStore,
  memoryLimitStore,
} from '@interpose/resilience/stores';
import type { HttpMiddleware } from '../app.ts';
import type { HttpContext } from '../context/context.ts';
import { HttpError } from '../errors.ts';
import { isTokenName } from '../context/headers.ts';
import { networkOf } from '../client/ip-address.ts';
import { hexOf, sha256 } from '../credentials/sha256.ts';

/** Options of `rateLimit`. */
export interface RateLimitOptions<Ctx extends HttpContext = HttpContext> extends LimitRuleOptions {
  /** What the limit is called, in answers and in the store; limits of one name in one store are one limit. @default 'default' */
  readonly name?: string;
  /**
   * Whose limit it is: the client's address; the value of a header such as an API key, and else the address; or what a function says, for
   * which `undefined` is not counted. @default 'address'
   */
  readonly key?: 'address' | { readonly header: string } | ((ctx: Ctx) => string | undefined);
  /** How many first bits of an IPv6 address are one client, who commonly has a whole network. @default 64 */
  readonly ipv6Bits?: number;
  /** What a request costs, from 0 to the burst. @default 1 */
  readonly cost?: (ctx: Ctx) => number;
  /** Where counts are kept. @default the memory of this process */
  readonly store?: LimitStore;
  /** What happens while the store fails: requests pass, or get a 503. @default 'failOpen' */
  readonly onStoreFailure?: 'failOpen' | 'failClosed';
  /** How long a store may take to answer. @default 50 */
  readonly storeTimeoutMs?: number;
  /** Is told why a store failed. */
  readonly onStoreError?: (error: unknown) => void;
  /** Older headers besides the present ones: `RateLimit-Limit` and its like, or `X-RateLimit-Limit` and its like. @default none */
  readonly legacyHeaders?: 'ietf06' | 'x';
  /** @default systemClock */
  readonly clock?: Clock;
}

const NAMES: readonly (keyof RateLimitOptions)[] = [
  'algorithm',
  'limit',
  'perMs',
  'burst',
  'segments',
  'name',
  'key',
  'ipv6Bits',
  'cost',
  'store',
  'onStoreFailure',
  'storeTimeoutMs',
  'onStoreError',
  'legacyHeaders',
  'clock',
];

/** The registered kind of problem for a limit that is used up. */
const QUOTA_EXCEEDED = 'https://iana.org/assignments/http-problem-types#quota-exceeded';
const LEGACY = { ietf06: 'RateLimit-', x: 'X-RateLimit-' } as const;

/**
 * Refuses with a 429 what is beyond the limit, and tells every answer how much of it is left.
 *
 * @throws TypeError or RangeError for options that are none
 * @example
 * const app = createApp().use(rateLimit({ limit: 100, perMs: 60_000 })).get('/', () => 'Hello');
 */
export function rateLimit<Ctx extends HttpContext = HttpContext>(
  options: RateLimitOptions<Ctx>,
): HttpMiddleware<Ctx> {
  checkNames('rateLimit', options, NAMES);
  const rule = limitRule(options);
  const { cost, store = memoryLimitStore(), clock = systemClock } = options;
  const keyOf = keying(options);
  const link = checkedLink(options);
  const teller = new Teller(link.name, rule, options.legacyHeaders);
  const answer = (ctx: Ctx, decision: LimitDecision): void => {
    teller.tell(ctx, decision);
    if (!decision.allowed) throw teller.refusal(decision);
  };
  return function rateLimit(ctx, next) {
    const key = keyOf(ctx);
    if (key === undefined) return next(ctx);
    const price = cost ? checkedCost(cost(ctx), rule.burst) : 1;
    let said: ReturnType<LimitStore['take']>;
    try {
      said = store.take(`${link.name}:${key}`, price, rule, Math.floor(clock.now()));
      if (!isThenable(said)) said = checkedDecision(said);
    } catch (error) {
      link.failed(error);
      return next(ctx);
    }
    if (!isThenable(said)) {
      answer(ctx, said);
      return next(ctx);
    }
    return inTime(said, clock, link.timeoutMs).then(
      (decision) => {
        answer(ctx, decision);
        return next(ctx);
      },
      (error: unknown) => {
        link.failed(error);
        return next(ctx);
      },
    );
  };
}

function keying<Ctx extends HttpContext>(
  options: RateLimitOptions<Ctx>,
): (ctx: Ctx) => string | undefined {
  const { key = 'address' } = options;
  const bits = checkWhole('ipv6Bits', options.ipv6Bits ?? 64, 1);
  if (bits > 128) throw outOfRange('ipv6Bits', 'at most 128', bits);
  if (typeof key === 'function') return key;
  const byAddress = (ctx: Ctx): string => networkOf(ctx.clientAddress, bits);
  if (key === 'address') return byAddress;
  const header = (key as { readonly header?: unknown } | null)?.header;
  if (!isTokenName(header)) {
    throw unexpected('key', `'address', a function, or an object with the name of a header`, key);
  }
  return (ctx) => {
    const value = ctx.headers.get(header);
    // The store must not learn a secret.
    return value ? `key:${hexOf(sha256(value))}` : byAddress(ctx);
  };
}

/** What there is to know of the store besides the store. */
interface StoreLink {
  readonly name: string;
  readonly timeoutMs: number;
  /** @throws LimitStoreFailedError where requests may not pass without it */
  failed(error: unknown): void;
}

function checkedLink<Ctx extends HttpContext>(options: RateLimitOptions<Ctx>): StoreLink {
  const { name = 'default', onStoreFailure = 'failOpen', onStoreError, store } = options;
  if (!/^[\w.-]+$/.test(name)) {
    throw outOfRange('name', 'made of letters, digits, dots and dashes', name);
  }
  if (onStoreFailure !== 'failOpen' && onStoreFailure !== 'failClosed') {
    throw unexpected('onStoreFailure', `'failOpen' or 'failClosed'`, onStoreFailure);
  }
  if (store !== undefined && typeof store?.take !== 'function') {
    throw unexpected('store', 'a limit store', store);
  }
  const timeoutMs = checkMs('storeTimeoutMs', options.storeTimeoutMs ?? 50, 1);
  return {
    name,
    timeoutMs,
    failed(error) {
      try {
        onStoreError?.(error);
      } catch {
        // An observer does not decide.
      }
      if (onStoreFailure === 'failClosed') throw new LimitStoreFailedError(name, error);
    },
  };
}

function checkedCost(cost: number, burst: number): number {
  if (Number.isSafeInteger(cost) && cost >= 0 && cost <= burst) return cost;
  throw outOfRange('cost', `a whole number from 0 to ${burst}`, cost);
}

function checkedDecision(said: LimitDecision): LimitDecision {
  if (typeof said?.allowed === 'boolean') return said;
  throw new TypeError('The limit store gave an answer that is no decision');
}

/** What a store says later, unless that is too late. */
function inTime(
  said: PromiseLike<LimitDecision>,
  clock: Clock,
  timeoutMs: number,
): Promise<LimitDecision> {
  return new Promise((resolve, reject) => {
    const cancel = clock.setTimer(
      () => reject(new Error(`The limit store did not answer in ${timeoutMs} ms`)),
      timeoutMs,
    );
    Promise.resolve(said).then(checkedDecision).then(resolve, reject).finally(cancel);
  });
}

const seconds = (ms: number): number => Math.max(1, Math.ceil(ms / 1000));

/** Tells clients of the limit. */
class Teller {
  readonly #name: string;
  readonly #policy: string;
  readonly #limit: number;
  readonly #prefix: string | undefined;

  constructor(name: string, { limit, perMs }: LimitRule, legacy: 'ietf06' | 'x' | undefined) {
    if (legacy !== undefined && !Object.hasOwn(LEGACY, legacy)) {
      throw unexpected('legacyHeaders', `'ietf06' or 'x'`, legacy);
    }
    this.#name = name;
    this.#limit = limit;
    this.#policy = `"${name}";q=${limit};w=${seconds(perMs)}`;
    this.#prefix = legacy && LEGACY[legacy];
  }

  tell({ response: { headers } }: HttpContext, { remaining, resetMs }: LimitDecision): void {
    const reset = Math.ceil(resetMs / 1000);
    headers.append('RateLimit-Policy', this.#policy);
    headers.append('RateLimit', `"${this.#name}";r=${remaining};t=${reset}`);
    if (this.#prefix === undefined) return;
    // The older headers have room for one limit only: the one that will be reached first.
    if (Number(headers.get(`${this.#prefix}Remaining`) ?? Infinity) <= remaining) return;
    headers.set(`${this.#prefix}Limit`, this.#limit);
    headers.set(`${this.#prefix}Remaining`, remaining);
    headers.set(`${this.#prefix}Reset`, reset);
  }

  refusal({ retryAfterMs }: LimitDecision): HttpError {
    const retryAfter = seconds(retryAfterMs);
    return new HttpError(429, `Rate limit exceeded. Retry after ${retryAfter}s`, {
      code: 'RATE_LIMITED',
      type: QUOTA_EXCEEDED,
      headers: { 'Retry-After': String(retryAfter) },
      members: { 'violated-policies': [this.#name] },
    });
  }
}
