/** Chooses the upstream of a request, where a route has several: by weight, by what the request says, by who the client is. */
import type { GatewayRequest } from '../context.ts';
import { ringHash } from '../balancing/ring-hash.ts';
import type { Canary, RouteOptions, SplitTarget, StickyBy } from './route-options.ts';

/** What choosing needs to know of a route. */
export interface Choosing extends Pick<RouteOptions, 'split' | 'canary' | 'sticky'> {
  readonly name: string;
  readonly upstream?: string;
}

/** Gives the name of the upstream of a request. */
export type Choose = (ctx: GatewayRequest) => string;

/** Makes what chooses; a name alone where there is nothing to choose. */
export function chooseUpstream(route: Choosing, random: () => number): Choose | string {
  const { upstream = '', split = [{ upstream }], canary } = route;
  if (!canary && split.length === 1) return split[0]?.upstream ?? '';
  const pointOf = pointer(route, random);
  const others = byWeight(split);
  if (!canary) return (ctx) => others(pointOf(ctx));
  const share = (canary.percent ?? 0) / 100;
  return (ctx) => {
    const said = saidOf(ctx, canary);
    const point = pointOf(ctx);
    // The canary has the beginning of the line, so that those who had it keep it when it grows.
    if (said ?? point < share) return canary.upstream;
    // What is left of the line, whichever side of it that is, is a line again.
    return others(point < share ? point / share : (point - share) / (1 - share));
  };
}

/** Where a request stands on the line from 0 to 1 that upstreams share: by who asks, or by chance. */
function pointer(
  { name, sticky }: Choosing,
  random: () => number,
): (ctx: GatewayRequest) => number {
  if (sticky === undefined) return random;
  return (ctx) => {
    const key = keyOf(ctx, sticky);
    // With the name of the route, so that not the same clients are the first everywhere.
    return key ? ringHash(`${name}\n${key}`) / 2 ** 32 : random();
  };
}

function keyOf(ctx: GatewayRequest, sticky: StickyBy): string | undefined {
  if (sticky === 'address') return ctx.clientAddress;
  if (sticky === 'consumer') return ctx.consumer?.name;
  return 'header' in sticky ? ctx.headers.get(sticky.header) : ctx.cookies.get(sticky.cookie);
}

/** What the request itself says; nothing if it says nothing. */
function saidOf(ctx: GatewayRequest, { header, cookie }: Canary): boolean | undefined {
  const word = header === undefined ? undefined : ctx.headers.get(header);
  return meaning(word) ?? (cookie === undefined ? undefined : meaning(ctx.cookies.get(cookie)));
}

function meaning(word: string | undefined): boolean | undefined {
  if (word === 'always') return true;
  return word === 'never' ? false : undefined;
}

function byWeight(split: readonly SplitTarget[]): (point: number) => string {
  const weights = split.map(({ weight = 1 }) => weight);
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const names = split.map(({ upstream }) => upstream);
  let sum = 0;
  const ends = weights.map((weight) => (sum += weight) / total);
  return (point) => {
    for (let at = 0; at < ends.length; at++) {
      if (point < (ends[at] as number)) return names[at] as string;
    }
    // A point that rounding has put behind the end belongs to the last that has a weight.
    return names[weights.findLastIndex((weight) => weight > 0)] as string;
  };
}
