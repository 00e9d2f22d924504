/** Metrics: what a guard has counted of each middleware: times, successes, failures, and the errors by type. */
import { pathToFileURL } from 'node:url';
import { type Awaitable, type Clock, pipeline, type Runner } from '@interpose/kernel';
import { guard, type MiddlewareInvoker } from '@interpose/resilience/guard';
import { type FakeClock, fakeClock } from '@interpose/testing';

/** What is known of a visit. */
export interface Visit {
  readonly page: string;
  readonly language?: string;
}

/** A guarded site. */
export interface Site {
  readonly serve: Runner<Visit, Awaitable<string>>;
  readonly invoker: MiddlewareInvoker;
}

/** Serves pages in the visitor's language. `spend` stands for work that takes time. */
export function makeSite(spend: (ms: number) => void, clock: Clock): Site {
  const serve = pipeline<Visit, string>()
    .use(async function layout(visit, next) {
      spend(2);
      const page = await next(visit);
      spend(1);
      return `<main>${page}</main>`;
    })
    .use(async function translate(visit, next) {
      spend(4);
      // A visit without a language breaks it.
      return next({ ...visit, page: `${visit.page}.${(visit.language as string).toLowerCase()}` });
    })
    .handle(async ({ page }) => {
      spend(20);
      return page;
    });
  return { serve, invoker: guard(serve, { clock }) };
}

/** Three visits that go well, and one that does not. */
export async function main(print: (line: string) => void = console.log): Promise<void> {
  const clock: FakeClock = fakeClock();
  const { serve, invoker } = makeSite((ms) => clock.advanceSync(ms), clock);
  for (const language of ['EN', 'DE', 'FR']) print(await serve({ page: '/tea', language }));
  try {
    await serve({ page: '/tea' });
  } catch (error) {
    print((error as Error).name);
  }

  for (const one of Object.values(invoker.metrics.getAllMetrics())) {
    const { name, executions, successes, failures, successRate, ownMs, totalMs } = one;
    print(`${name}: ${executions} runs, ${successes} well, ${failures} not, rate ${successRate}`);
    print(`  own time   ${ownMs.min} to ${ownMs.max}, ${ownMs.average} on average`);
    print(`  total time ${totalMs.min} to ${totalMs.max}, ${totalMs.average} on average`);
    print(`  last at    ${new Date(one.lastExecutedAt ?? 0).toISOString()}`);
  }
  print(JSON.stringify(invoker.metrics.getMetrics('translate').errors));
  print(invoker.metrics.toPrometheus().split('\n').slice(2, 5).join('\n'));
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await main();
