/** Circuit states: what the three states of a circuit mean, and the ways between them. */
import { pathToFileURL } from 'node:url';
import { pipeline } from '@interpose/kernel';
import { CircuitState, MiddlewareInvoker } from '@interpose/resilience/guard';
import { type FakeClock, fakeClock } from '@interpose/testing';

/** What each state means for whoever calls. */
export const MEANING: Readonly<Record<CircuitState, string>> = {
  [CircuitState.CLOSED]: 'the middleware runs',
  [CircuitState.OPEN]: 'the middleware has failed too often and does not run',
  [CircuitState.HALF_OPEN]: 'one run shows whether the middleware is well again',
};

/** Goes through all the states and tells every change. */
export async function travel(tell: (from: CircuitState, to: CircuitState) => void): Promise<void> {
  const clock: FakeClock = fakeClock();
  let isIll = true;
  const serve = pipeline<object, string>()
    .use(async function frail(ctx, next) {
      if (isIll) throw new Error('ill');
      return next(ctx);
    })
    .handle(async () => 'well');
  const invoker = new MiddlewareInvoker({ clock, circuitBreaker: { failureThreshold: 1 } });
  invoker.on('stateChanged', ({ from, to }) => tell(from, to));
  invoker.guard(serve);
  const call = async (): Promise<void> => {
    await Promise.resolve(serve({})).catch(() => {});
  };

  await call();
  await clock.advance(60_000);
  await call();
  await clock.advance(60_000);
  isIll = false;
  await call();
}

/** Lists the states, then the ways. */
export async function main(print: (line: string) => void = console.log): Promise<void> {
  for (const state of Object.values(CircuitState)) print(`${state}: ${MEANING[state]}`);
  await travel((from, to) => print(`${from} -> ${to}`));
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await main();
