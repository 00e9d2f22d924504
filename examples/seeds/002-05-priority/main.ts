/** Priority: middleware say where they want to stand, so that the order of the list does not matter; and what they cannot do without. */
import { pathToFileURL } from 'node:url';
import {
  type Awaitable,
  define,
  type Middleware,
  pipeline,
  type Placement,
  type Runner,
} from '@interpose/kernel';
import { guard } from '@interpose/resilience/guard';

/** A request that remembers who has seen it. */
export interface Request {
  readonly seenBy: string[];
}

/** A middleware that notes its name. */
export function noting(name: string, placement: Placement = {}): Middleware<Request, string> {
  return define({ ...placement, name }, (request: Request, next) => {
    request.seenBy.push(name);
    return next(request);
  });
}

/** Registered as they came to mind. A smaller priority stands further out; `cart` cannot do without a session. */
export const MIDDLEWARE: readonly Middleware<Request, string>[] = [
  noting('cart', { requires: ['session'] }),
  noting('session', { priority: -10 }),
  noting('exceptions', { priority: -100 }),
  noting('audit', { after: 'session', priority: -50 }),
];

/** A pipeline of these, under guard. */
export function makeServe(
  middleware: readonly Middleware<Request, string>[],
): Runner<Request, Awaitable<string>> {
  const serve = middleware
    .reduce((all, one) => all.use(one), pipeline<Request, string>())
    .handle(({ seenBy }) => seenBy.join(', '));
  guard(serve, { timeoutMs: 1000 });
  return serve;
}

/** Prints the order, and what happens to one whose needs are not met. */
export async function main(print: (line: string) => void = console.log): Promise<void> {
  const serve = makeServe(MIDDLEWARE);
  print(serve.explain());
  print(await serve({ seenBy: [] }));
  try {
    makeServe(MIDDLEWARE.slice(0, 1));
  } catch (error) {
    print(String(error));
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await main();
