/** Logging: a guard writes down when each middleware begins and ends, how long it took, what went wrong, and how circuits change. */
import { pathToFileURL } from 'node:url';
import { type Awaitable, type Clock, pipeline, type Runner } from '@interpose/kernel';
import { guard } from '@interpose/resilience/guard';
import type { Logger } from '@interpose/resilience/observing';
import { type FakeClock, fakeClock } from '@interpose/testing';

/** A request with the id by which its entries are found. */
export interface Request {
  readonly requestId: string;
  readonly token?: string;
}

/** Serves whoever has a token. `spend` stands for work that takes time. */
export function makeServe(
  logger: Logger,
  clock: Clock,
  spend: (ms: number) => void,
): Runner<Request, Awaitable<string>> {
  const serve = pipeline<Request, string>()
    .use(async function timing(request, next) {
      spend(1);
      return next(request);
    })
    .use(async function readToken(request, next) {
      spend(3);
      if (request.token === undefined) throw new TypeError('Cannot read the token');
      return next(request);
    })
    .handle(async () => {
      spend(20);
      return 'welcome';
    });
  guard(serve, { logger, clock, circuitBreaker: { failureThreshold: 2 } });
  return serve;
}

/** One entry as one line: its level, its sentence, and what it is about. */
export function lineOf(level: string, fields: object, message: string): string {
  const { err, ...rest } = fields as { readonly err?: { readonly message: string } };
  const said = Object.entries({ ...rest, ...(err && { error: err.message }) }) as [
    string,
    unknown,
  ][];
  return [level, message, ...said.map(([key, value]) => `${key}=${String(value)}`)].join(' | ');
}

/** One request that goes well, two that do not, and one that is refused. */
export async function main(print: (line: string) => void = console.log): Promise<void> {
  const clock: FakeClock = fakeClock();
  const writing =
    (level: string) =>
    (fields: object, message: string): void =>
      print(lineOf(level, fields, message));
  const logger: Logger = {
    debug: writing('debug'),
    info: writing('info'),
    warn: writing('warn'),
    error: writing('error'),
  };
  const serve = makeServe(logger, clock, (ms) => clock.advanceSync(ms));
  const requests: Request[] = [
    { requestId: 'r1', token: 'let me in' },
    { requestId: 'r2' },
    { requestId: 'r3' },
    { requestId: 'r4', token: 'let me in' },
  ];
  for (const request of requests) await Promise.resolve(serve(request)).catch(() => {});
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await main();
