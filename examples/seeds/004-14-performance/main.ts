/** Performance: how long each request took, also one that failed. */
import { pathToFileURL } from 'node:url';
import {
  type DelegateMiddleware,
  Entity,
  MiddlewareBuilder,
  type XrmFakedContext,
} from '@interpose/dataverse';
import { type FakeClock, fakeClock } from '@interpose/testing';

/** Measures by the clock of the organization. `requestDurations` is the same for asynchronous pipelines too, and comes along. */
export const performanceMonitor =
  (write: (line: string) => void): DelegateMiddleware =>
  (next) =>
  (context, request) => {
    const startedAt = context.clock.now();
    try {
      return next(context, request);
    } finally {
      write(`${request.requestName} took ${context.clock.now() - startedAt}ms`);
    }
  };

/** An organization in which every request takes seven milliseconds. */
export function build(write: (line: string) => void): XrmFakedContext {
  const clock: FakeClock = fakeClock();
  return MiddlewareBuilder.new({ clock })
    .addCrud()
    .use(performanceMonitor(write))
    .use((_, next) => {
      clock.advanceSync(7);
      return next();
    })
    .useCrud()
    .build();
}

/** A request that goes well, and one that does not. */
export function main(print: (line: string) => void = console.log): void {
  const service = build(print).getOrganizationService();
  service.create(new Entity('account'));
  try {
    service.delete('account', crypto.randomUUID());
  } catch {
    print('Delete failed');
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) main();
