/** Lets each client make so many requests in any stretch of time, and tells it how many are left. */
import { HttpError } from '@interpose/http';
import { outOfRange } from '@interpose/kernel/options';
import type { GatewayContext } from '../context.ts';
import { definePlugin, type PluginDefinition } from '../plugin.ts';
import { takeSlot, type Window } from '../sliding-window.ts';

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
  },
  create({ limit, windowMs, by, policy }, { clock, store }) {
    if (!Number.isInteger(limit) || limit > MOST) {
      throw outOfRange('rate-limit.limit', `a whole number from 1 to ${MOST}`, limit);
    }
    if (!/^[\w.-]+$/.test(policy)) {
      throw outOfRange('rate-limit.policy', 'a name of letters, digits, dots and dashes', policy);
    }
    const windows = new WeakMap<object, Window>();
    return {
      access: {
        priority: 300,
        handle(ctx) {
          const key = `rate-limit:${policy}:${limit}:${windowMs}:${keyOf(ctx, by)}`;
          const window = takeSlot(store, { key, limit, windowMs, now: clock.now() });
          windows.set(ctx, window);
          if (!window.taken) throw refusal(policy, window);
        },
      },
      headerFilter: {
        priority: 300,
        handle(ctx) {
          const window = windows.get(ctx);
          if (window) tell(ctx, { policy, limit, windowMs, window });
        },
      },
    };
  },
});

/** More would be a history too long to keep for each client. */
const MOST = 10_000;

const seconds = (ms: number): number => Math.max(1, Math.ceil(ms / 1000));

function keyOf(ctx: GatewayContext, by: string): string {
  if (by === 'everyone') return 'everyone';
  return by === 'consumer' && ctx.consumer
    ? `consumer:${ctx.consumer.name}`
    : `address:${ctx.clientAddress}`;
}

interface Told {
  readonly policy: string;
  readonly limit: number;
  readonly windowMs: number;
  readonly window: Window;
}

function tell(
  { response: { headers } }: GatewayContext,
  { policy, limit, windowMs, window }: Told,
): void {
  const { remaining, resetMs } = window;
  headers.append('RateLimit-Policy', `"${policy}";q=${limit};w=${seconds(windowMs)}`);
  headers.append('RateLimit', `"${policy}";r=${remaining};t=${seconds(resetMs)}`);
  // The older headers have room for one limit only: the one that will be reached first.
  if (Number(headers.get('X-RateLimit-Remaining') ?? Infinity) <= remaining) return;
  headers.set('X-RateLimit-Limit', limit);
  headers.set('X-RateLimit-Remaining', remaining);
  headers.set('X-RateLimit-Reset', seconds(resetMs));
}

function refusal(policy: string, { resetMs }: Window): HttpError {
  const retryAfter = seconds(resetMs);
  return new HttpError(429, `Too many requests; try again in ${retryAfter} s`, {
    code: 'RATE_LIMITED',
    type: QUOTA_EXCEEDED,
    headers: { 'Retry-After': String(retryAfter) },
    members: { 'violated-policies': [policy] },
  });
}
