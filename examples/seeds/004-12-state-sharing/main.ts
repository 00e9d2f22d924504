/** State sharing: one middleware writes down when a request began, another reads it; requests at the same time do not mix. */
import { pathToFileURL } from 'node:url';
import {
  type CreateRequest,
  Entity,
  MiddlewareBuilder,
  type OrganizationMiddleware,
  PropertyToken,
  type XrmFakedContext,
} from '@interpose/dataverse';
import { type FakeClock, fakeClock } from '@interpose/testing';

/** What both share, with its type. The properties of the organization would be those of all requests at once. */
const processingStarted = new PropertyToken<number>('ProcessingStarted');

const middleware1: OrganizationMiddleware = (ctx, next) => {
  ctx.items.setProperty(processingStarted, ctx.context.clock.now());
  return next();
};

const middleware2 =
  (print: (line: string) => void): OrganizationMiddleware =>
  async (ctx, next) => {
    const response = await next();
    const duration = ctx.context.clock.now() - ctx.items.getProperty(processingStarted);
    print(`Processing took ${duration}ms`);
    return response;
  };

/** An organization in which a Create takes as many milliseconds as the record says. */
export function build(clock: FakeClock, print: (line: string) => void): XrmFakedContext {
  return MiddlewareBuilder.new({ clock })
    .addCrud()
    .use(middleware1)
    .use(middleware2(print))
    .use(async (ctx, next) => {
      const { target } = ctx.request as CreateRequest;
      const ms = target.getAttributeValue<number>('ms') ?? 0;
      await new Promise<void>((resolve) => void clock.setTimer(resolve, ms));
      return next();
    })
    .useCrud()
    .build();
}

/** Two requests that overlap. */
export async function main(print: (line: string) => void = console.log): Promise<void> {
  const clock = fakeClock();
  const service = build(clock, print).getOrganizationServiceAsync();
  const slow = service.create(new Entity('account', { ms: 300 }));
  await clock.advance(100);
  const quick = service.create(new Entity('account', { ms: 20 }));
  await clock.advance(200);
  await Promise.all([slow, quick]);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await main();
