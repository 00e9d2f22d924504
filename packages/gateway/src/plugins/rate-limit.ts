/** Lets each client make so many requests in any stretch of time, and tells it how many are left. */
import { HeaderLine, HttpError } from '@interpose/http';
import { type Awaitable, isThenable } from '@interpose/kernel';
import { checkWhole, outOfRange } from '@interpose/kernel/options';
import type { BanOptions } from '../addresses/ban-list.ts';
import { banRefusal, bansUnknown, loggedBans } from '../addresses/ban-refusal.ts';
import { BANDS } from '../definition/bands.ts';
import { clientNetwork } from '../addresses/client-network.ts';
import type { GatewayContext } from '../context.ts';
import { definePlugin, type PluginDefinition, type PluginServices } from '../definition/plugin.ts';
import { takeSlot, type Window } from '../limits/sliding-window.ts';
import { CountedWindow } from '../limits/counted-window.ts';

/** The registered kind of problem for a limit that is used up. */
const QUOTA_EXCEEDED = 'https://iana.org/assignments/http-problem-types#quota-exceeded';

/** The plugin `rate-limit`. */
export const rateLimit: PluginDefinition = definePlugin({
  name: 'rate-limit',
  description: 'Lets each client make a number of requests in any stretch of time.',
  options: {
    limit: { type: 'number', default: 100, min: 1, description: 'How many requests.' },
    windowMs: { type: 'number', default: 60_000, min: 1, description: 'In how long a time.' },
    by: {
      type: 'string',
      choices: ['consumer', 'address', 'everyone'],
      default: 'consumer',
      description:
        'Who has a limit: each consumer and else each address, each address, or everyone together.',
    },
    policy: {
      type: 'string',
      default: 'default',
      description:
        'The name of the limit, in the answer and in the store; limits of one name are one limit.',
    },
    burst: {
      type: 'number',
      min: 1,
      description:
        'How many may come at once after a rest; then the limit is how many come in after that. None at once beyond the limit if it is not said.',
    },
    banAfter: {
      type: 'number',
      min: 1,
      description:
        'After how many requests beyond the limit an address is banned; never if it is not said.',
    },
    banMs: { type: 'number', default: 3_600_000, min: 1, description: 'For how long.' },
    violationWindowMs: {
      type: 'number',
      default: 3_600_000,
      min: 1,
      description: 'Such requests count together while no more than this lies between two.',
    },
  },
  create({ limit, windowMs, by, policy, burst, ...bans }, services) {
    const { clock, store } = services;
    if (!Number.isSafeInteger(limit)) {
      throw outOfRange('rate-limit.limit', 'a whole number, 1 or more', limit);
    }
    if (!Number.isSafeInteger(windowMs)) {
      throw outOfRange('rate-limit.windowMs', 'a whole number, 1 or more', windowMs);
    }
    if (!/^[\w.-]+$/.test(policy)) {
      throw outOfRange('rate-limit.policy', 'a name of letters, digits, dots and dashes', policy);
    }
    // Kept with the request: a map of requests would make every collection of garbage longer.
    const own = `rate-limit #${++uses}`;
    const isCounted = burst !== undefined || limit > MOST_REMEMBERED;
    const counted = isCounted ? new CountedWindow({ limit, windowMs, burst }) : undefined;
    const name = `rate-limit:${policy}:${limit}:${windowMs}${burst === undefined ? '' : `:${burst}`}`;
    const most = Math.max(limit, burst ?? limit);
    const told = {
      policy,
      policyLine: new HeaderLine(
        'RateLimit-Policy',
        `"${policy}";q=${limit};w=${seconds(windowMs)}`,
      ),
      limitLine: new HeaderLine('X-RateLimit-Limit', most),
    };
    const punish = punishing(bans, services);
    return {
      access: {
        priority: BANDS.limit,
        handle(ctx) {
          const key = `${name}:${keyOf(ctx, by)}`;
          const now = clock.now();
          const window = counted
            ? counted.take(store, key, now)
            : takeSlot(store, { key, limit, windowMs, now });
          ctx.state[own] = window;
          if (window.taken) return;
          if (!punish) throw refusal(policy, window);
          return punish(ctx, (left) => refusal(policy, window, left));
        },
      },
      headerFilter: {
        priority: BANDS.limit,
        handle(ctx) {
          const window = ctx.state[own] as Window | undefined;
          if (window) tell(ctx, window, told);
        },
      },
    };
  },
});

/** How often it has been put to use, so that no use meets what is another's. */
let uses = 0;

/** A history of more would be too long to keep for each client. */
const MOST_REMEMBERED = 10_000;

const seconds = (ms: number): number => Math.max(1, Math.ceil(ms / 1000));

function keyOf(ctx: GatewayContext, by: string): string {
  if (by === 'everyone') return 'everyone';
  return by === 'consumer' && ctx.consumer
    ? `consumer:${ctx.consumer.name}`
    : `address:${clientNetwork(ctx.clientAddress)}`;
}

interface Told {
  readonly policy: string;
  /** What is the same in every answer; how many there can be left is the limit that is told. */
  readonly policyLine: HeaderLine;
  readonly limitLine: HeaderLine;
}

function tell(
  { response: { headers } }: GatewayContext,
  { remaining, resetMs }: Window,
  { policy, policyLine, limitLine }: Told,
): void {
  const resetSeconds = seconds(resetMs);
  headers.appendLine(policyLine);
  headers.append('RateLimit', `"${policy}";r=${remaining};t=${resetSeconds}`);
  // The older headers have room for one limit only: the one that will be reached first.
  if (Number(headers.get('X-RateLimit-Remaining') ?? Infinity) <= remaining) return;
  headers.setLine(limitLine);
  headers.set('X-RateLimit-Remaining', remaining);
  headers.set('X-RateLimit-Reset', resetSeconds);
}

/** What is done to who has had too much: the refusal, as long as there are violations left, and then the ban. */
type Punish = (ctx: GatewayContext, refuse: (left?: number) => HttpError) => Awaitable<void>;

function punishing(
  { banAfter, banMs, violationWindowMs }: Bans,
  services: PluginServices,
): Punish | undefined {
  if (banAfter === undefined) return undefined;
  const afterViolations = checkWhole('banAfter', banAfter, 1);
  const bans = loggedBans(services, { afterViolations, banMs, violationWindowMs });
  return (ctx, refuse) => {
    const settle = (left: number): never => {
      throw left > 0 ? refuse(left) : banRefusal(banMs);
    };
    const failed = (error: unknown): never => {
      bansUnknown(services.logger, error);
      throw refuse();
    };
    let left: Awaitable<number>;
    try {
      left = bans.violated(clientNetwork(ctx.clientAddress));
    } catch (error) {
      return failed(error);
    }
    return isThenable(left) ? left.then(settle, failed) : settle(left);
  };
}

/** What the options say of bans. */
interface Bans extends Required<Omit<BanOptions, 'afterViolations'>> {
  readonly banAfter?: number;
}

function refusal(policy: string, { resetMs }: Window, left?: number): HttpError {
  const retryAfter = seconds(resetMs);
  const detail =
    left === undefined
      ? `Too many requests; try again in ${retryAfter} s`
      : `Rate limit exceeded. ${left} more violations will result in a temporary ban.`;
  return new HttpError(429, detail, {
    code: 'RATE_LIMITED',
    type: QUOTA_EXCEEDED,
    headers: { 'Retry-After': String(retryAfter) },
    members: { 'violated-policies': [policy] },
  });
}
