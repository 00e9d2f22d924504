/** Circuit status: is a middleware allowed to run, how does its circuit stand, what has it counted, and how to reset it. */
import { pathToFileURL } from 'node:url';
import { type Awaitable, type Clock, pipeline, type Runner } from '@interpose/kernel';
import { guard, type MiddlewareCircuitBreaker } from '@interpose/resilience/guard';
import { type FakeClock, fakeClock } from '@interpose/testing';

/** What is known of a call. */
export interface Call {
  readonly ip: string;
  country?: string;
}

/** A greeting that needs to know where callers are. */
export interface Greeter {
  readonly greet: Runner<Call, Awaitable<string>>;
  readonly circuitBreaker: MiddlewareCircuitBreaker;
}

/** Greets by country. The service that knows countries fails now and then; after three failures it is left alone for ten seconds. */
export function makeGreeter(
  countryOf: (ip: string) => Promise<string>,
  clock: Clock,
  isOptional: boolean,
): Greeter {
  const greet = pipeline<Call, string>()
    .use(async function country(call, next) {
      return next({ ...call, country: await countryOf(call.ip) });
    })
    .handle(async ({ country }) => (country === 'AT' ? 'Servus' : 'Hello'));
  const { circuitBreaker } = guard(greet, {
    clock,
    circuitBreaker: { failureThreshold: 3, recoveryTimeoutSeconds: 10 },
    optional: isOptional ? ['country'] : [],
  });
  return { greet, circuitBreaker };
}

/** The service goes down and comes back. */
export async function main(print: (line: string) => void = console.log): Promise<void> {
  const clock: FakeClock = fakeClock({ wallMs: 0 });
  let isDown = true;
  const { greet, circuitBreaker } = makeGreeter(
    async () => {
      if (isDown) throw new Error('no route to host');
      return 'AT';
    },
    clock,
    false,
  );
  const call = async (): Promise<void> => {
    const answer = await Promise.resolve(greet({ ip: '192.0.2.1' })).catch(
      (error: Error) => error.message,
    );
    print(`${answer} (allowed: ${circuitBreaker.isAllowed('country')})`);
  };
  const status = (): void => {
    const { state, failures, rejected, openedAt, nextAttemptAt } =
      circuitBreaker.getMetrics('country');
    print(`-> ${JSON.stringify({ state, failures, rejected, openedAt, nextAttemptAt })}`);
  };

  status();
  for (let time = 0; time < 4; time++) await call();
  status();
  await clock.advance(10_000);
  print(`-> ${circuitBreaker.getState('country')}`);
  isDown = false;
  await call();
  status();
  isDown = true;
  for (let time = 0; time < 3; time++) await call();
  circuitBreaker.reset('country');
  status();
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await main();
