/** requestDurations: tells how long each request took, also one that failed. */
import { type Clock, tap } from '@interpose/kernel';
import { PropertyToken } from '../context/property-bag.ts';
import type { OrganizationMiddleware } from '../pipeline/organization-middleware.ts';
import type { WriteLine } from './write-line.ts';

/** Writes `Create took 3ms`. A `write` that fails disturbs nobody. */
export function requestDurations({
  write,
  clock,
}: {
  readonly write: WriteLine;
  /** @default that of the organization */
  readonly clock?: Clock;
}): OrganizationMiddleware {
  const startedAt = new PropertyToken<number>('startedAt');
  return tap({
    name: 'request-durations',
    before({ items, context }) {
      items.setProperty(startedAt, (clock ?? context.clock).now());
    },
    finally({ items, context, request }) {
      const ms = (clock ?? context.clock).now() - items.getProperty(startedAt);
      write(`${request.requestName} took ${Math.round(ms)}ms`);
    },
  });
}
