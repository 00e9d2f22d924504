/** Timeouts: each middleware has so much time of its own; the environment says how much, and single ones may have more or less. */
import { pathToFileURL } from 'node:url';
import { type Awaitable, type Clock, pipeline, type Runner } from '@interpose/kernel';
import { sleep } from '@interpose/kernel/clock';
import { type Environment, MiddlewareInvoker } from '@interpose/resilience/guard';
import { type FakeClock, fakeClock } from '@interpose/testing';

/** A request, with how long each part of the shop takes for it. */
export interface Request {
  readonly sessionMs?: number;
  readonly stockMs?: number;
  readonly pageMs?: number;
  readonly signal?: AbortSignal;
}

/** What the shop answers. */
export interface Reply {
  readonly status: number;
  readonly body: string;
}

/** A shop with a guard round each of its middleware. */
export interface Shop {
  readonly serve: Runner<Request, Awaitable<Reply>>;
  readonly invoker: MiddlewareInvoker;
  /** What the middleware did, also those that nobody waits for any more. */
  readonly notes: string[];
}

/** Makes the shop. `stock` may take two seconds, all others what `MIDDLEWARE_TIMEOUT` says, or five. */
export function makeShop(env: Environment, clock: Clock): Shop {
  const notes: string[] = [];
  const serve = pipeline<Request, Reply>()
    .use(async function session(request, next) {
      await sleep(request.sessionMs ?? 0, { clock });
      return next(request);
    })
    .use(async function stock(request, next) {
      notes.push('lock taken');
      try {
        // It heeds its signal, so that it ends when nobody waits for it any more.
        await sleep(request.stockMs ?? 0, { clock, signal: request.signal });
        return await next(request);
      } finally {
        notes.push('lock released');
      }
    })
    .handle(async ({ pageMs = 0 }) => {
      await sleep(pageMs, { clock });
      return { status: 200, body: 'the page' };
    });
  const invoker = new MiddlewareInvoker({
    env,
    middlewareTimeouts: { stock: 2 },
    clock,
    boundary: {
      toResult: ({ status, title }): Reply => ({ status, body: title }),
      logger: { error: (_, message) => void notes.push(message) },
    },
  });
  invoker.guard(serve);
  return { serve, invoker, notes };
}

/** A page that is slow, and middleware that are. */
export async function main(print: (line: string) => void = console.log): Promise<void> {
  const clock: FakeClock = fakeClock();
  const { serve, invoker, notes } = makeShop({ MIDDLEWARE_TIMEOUT: '3' }, clock);
  print(invoker.explain());
  const visit = async (request: Request): Promise<void> => {
    const answer = Promise.resolve(serve(request));
    await clock.advance(60_000);
    const { status, body } = await answer;
    print(`${JSON.stringify(request)} ${status} ${body}`);
    for (const note of notes.splice(0)) print(`  ${note}`);
  };
  // The handler is no middleware, and nobody pays for it.
  await visit({ pageMs: 30_000 });
  await visit({ sessionMs: 2900, stockMs: 1900 });
  await visit({ sessionMs: 3100 });
  await visit({ stockMs: 2100 });
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await main();
