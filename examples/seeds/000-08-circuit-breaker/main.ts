/** Circuit breaker: a callee that keeps failing is left in peace for a while, and then tried by one call. */
import { pathToFileURL } from 'node:url';
import { type Awaitable, type Clock, pipeline, type Runner } from '@interpose/kernel';
import { type CircuitBreaker, circuitBreaker, CircuitOpenError } from '@interpose/resilience';
import { type FakeClock, fakeClock } from '@interpose/testing';

/** What is known of a call. */
export interface Call {
  readonly item: string;
}

/** A price list behind a breaker of its own. */
export interface PriceList {
  readonly priceOf: Runner<Call, Awaitable<number>>;
  readonly breaker: CircuitBreaker;
}

/** Asks a service for prices. After three failures in a row it is not asked for thirty seconds; then one call tries. */
export function makePriceList(
  askService: (item: string) => Promise<number>,
  clock?: Clock,
): PriceList {
  const breaker = circuitBreaker({
    name: 'prices',
    trip: { kind: 'consecutive', failures: 3 },
    openMs: 30_000,
    ...(clock && { clock }),
  });
  const priceOf = pipeline<Call, number>()
    .use(breaker)
    .handle(({ item }) => askService(item));
  return { priceOf, breaker };
}

/** A service that is down, and then is not, on a clock that the example moves. */
export async function main(print: (line: string) => void = console.log): Promise<void> {
  const clock: FakeClock = fakeClock();
  let isDown = true;
  const { priceOf, breaker } = makePriceList(async (item) => {
    print(`  the service is asked for ${item}`);
    if (isDown) throw new Error('the service is down');
    return 7;
  }, clock);
  breaker.on('*', ({ type }) => print(`  ${type}`));

  const ask = async (): Promise<void> => {
    try {
      print(`tea costs ${await priceOf({ item: 'tea' })}`);
    } catch (error) {
      const later = CircuitOpenError.is(error) ? `, try in ${error.retryAfterMs} ms` : '';
      print((error as Error).name + later);
    }
  };
  for (let call = 0; call < 4; call++) await ask();
  await clock.advance(31_000);
  await ask();
  isDown = false;
  await clock.advance(61_000);
  await ask();
  await ask();
  print(`the circuit is ${breaker.state().state}`);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await main();
