/** Sees that a route of a config can be made, before anything is put in its place. */
import type { Clock } from '@interpose/kernel';
import { outOfRange } from '@interpose/kernel/options';
import { InvalidConfigError } from '../errors.ts';
import type { RouteConfig } from '../gateway-config.ts';
import { redirectAnswer } from './redirect.ts';
import { rewriter } from './rewrite.ts';
import type { RouteHandlers } from './route-answer.ts';
import { handlerAnswer } from './route-handler.ts';
import { limitSteps } from './route-limits.ts';

/** With what routes are made. */
export interface RouteParts {
  readonly handlers?: RouteHandlers | undefined;
  readonly clock: Clock;
}

/**
 * Makes what a route is made of once, to see that it can be. Who it names is looked at elsewhere.
 *
 * @throws InvalidConfigError, TypeError or RangeError for what cannot be
 */
export function checkRoute(route: RouteConfig, { handlers = {}, clock }: RouteParts): void {
  const { path, redirect, handler } = route;
  rewriter(path, route);
  limitSteps(route, clock);
  checkShares(route);
  if (redirect) redirectAnswer(path, redirect);
  if (handler !== undefined && Object.hasOwn(handlers, handler)) {
    handlerAnswer(handlers[handler] as RouteHandlers[string], route.stripPrefix);
  }
}

function checkShares({ name, split = [], canary }: RouteConfig): void {
  const weights = split.map(({ weight = 1 }) => weight);
  for (const weight of weights) {
    if (!(weight >= 0 && weight < Infinity))
      throw outOfRange('weight', 'a number, 0 or more', weight);
  }
  if (weights.length && weights.every((weight) => weight === 0)) {
    throw new InvalidConfigError(`All weights of route "${name}" are 0.`);
  }
  const { percent = 0 } = canary ?? {};
  if (!(percent >= 0 && percent <= 100)) {
    throw outOfRange('percent', 'a number from 0 to 100', percent);
  }
}
