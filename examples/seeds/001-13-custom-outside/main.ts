/** A class of its own that adds a middleware before the defaults: it stands outside of them, and times them all. */
import { pathToFileURL } from 'node:url';
import type { Clock } from '@interpose/kernel';
import { systemClock } from '@interpose/kernel/clock';
import { FastApi, type FastApiOptions } from '@interpose/http/fast-api';
import { testClient } from '@interpose/http/testing';

/** Tells in every answer how many seconds it took. */
export class FastApiWithTiming extends FastApi {
  readonly #clock: Clock;

  constructor(options: FastApiOptions = {}) {
    super(options);
    this.#clock = options.clock ?? systemClock;
  }

  protected override setupMiddlewares(): void {
    const clock = this.#clock;
    this.useMiddleware(async function timingMiddleware(_ctx, next) {
      const start = clock.now();
      const response = await next();
      response.headers.set('X-Process-Time', String((clock.now() - start) / 1000));
      return response;
    });
    // Add the default middleware after the custom one.
    super.setupMiddlewares();
  }
}

/** Prints the stack, and that there is a time. */
export async function main(print: (line: string) => void = console.log): Promise<void> {
  const api = new FastApiWithTiming().setup();
  print(api.explain());
  const answer = await testClient(api).get('/config/status');
  const seconds = answer.headers.get('x-process-time') ?? 'none';
  print(`X-Process-Time is a number of seconds: ${Number(seconds) >= 0 && Number(seconds) < 10}`);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await main();
