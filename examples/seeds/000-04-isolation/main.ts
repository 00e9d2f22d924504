/** Isolation: every request works on a context of its own, which any code it calls can find without being handed it. */
import { pathToFileURL } from 'node:url';
import { type Awaitable, pipeline, type Runner } from '@interpose/kernel';
import { currentContext, isolate } from '@interpose/kernel/ambient';

/** What is known of one request. */
export interface Visit {
  readonly requestId: string;
  readonly path: string;
  /** What the handler notes for itself. */
  draft?: string;
  /** What whoever started the request is to learn. */
  status?: number;
}

/** Deep inside, where nobody passes contexts: which request is this? */
export function requestId(): string {
  return currentContext<Visit>()?.requestId ?? 'no request';
}

/** Reads a page; stands for a database. */
export type Load = (path: string) => Promise<string>;

/**
 * Serves requests. The handler writes to a copy of the context: whoever holds the original sees none of it, except for
 * what `copyBack` names.
 */
export function makeServe(load: Load): Runner<Visit, Awaitable<string>> {
  return pipeline<Visit, string>()
    .use(isolate<Visit>({ copyBack: ['status'] }))
    .handle(async (ctx) => {
      ctx.status = 500;
      ctx.draft = `draft of ${ctx.requestId}`;
      const page = await load(ctx.path);
      ctx.status = 200;
      return page;
    });
}

/** Serves two requests at the same time, and one that fails. */
export async function main(print: (line: string) => void = console.log): Promise<void> {
  const load: Load = async (path) => {
    print(`${requestId()} reads ${path}`);
    await Promise.resolve();
    if (path === '/lost') throw new Error('no such page');
    print(`${requestId()} has read ${path}`);
    return `page ${path}`;
  };
  const serve = makeServe(load);
  const visits: Visit[] = [
    { requestId: 'r1', path: '/home' },
    { requestId: 'r2', path: '/about' },
    { requestId: 'r3', path: '/lost' },
  ];

  await Promise.allSettled(visits.map(async (visit) => serve(visit)));
  for (const visit of visits) print(JSON.stringify(visit));
  print(`afterwards: ${requestId()}`);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await main();
