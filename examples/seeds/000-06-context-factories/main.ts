/** Context factories: the same function, called by a web request and from the command line, each with its own context. */
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { type CallContext, type Context, type Wrapped, wrapWithContext } from '@interpose/kernel';
import {
  type CliData,
  createCliContext,
  createWebContext,
  type WebData,
} from '@interpose/kernel/contexts';

/** A web `Request` and who sent it: method, path, headers that are found in any case, and the user. */
export function fromRequest(request: Request, userId?: number): Context<WebData> {
  const { method, url, headers } = request;
  return createWebContext({ method, url, headers, userId });
}

/** The words of a command line: `rebuild --verbose`. The user is the one who runs the process. */
export function fromArguments(words: readonly string[]): Context<CliData> {
  const { positionals, values } = parseArgs({
    args: [...words],
    options: { verbose: { type: 'boolean', short: 'v' } },
    allowPositionals: true,
  });
  const [command] = positionals;
  return createCliContext({ ...values, ...(command !== undefined && { command }) });
}

type Caller = CallContext<Partial<WebData & CliData>>;

/** Says by whom it is called. */
export const rebuild: Wrapped<(what: string) => string> = wrapWithContext(function rebuild(
  ctx: Caller,
  what: string,
) {
  const asked = ctx.method ? `${ctx.method} ${ctx.path}` : `command ${ctx.command}`;
  return `${ctx.funcName} ${what}, asked by ${asked}`;
});

/** Calls it both ways. */
export function main(print: (line: string) => void = console.log): void {
  const request = new Request('http://localhost/indexes/main?force=1', {
    method: 'POST',
    headers: { 'X-Request-Id': 'r1' },
  });
  const web = fromRequest(request, 7);
  print(rebuild.withContext(web, 'main'));
  print(`  x-request-id ${web.headers['x-REQUEST-id']}, user ${web.userId}`);
  print(`  without a login: user ${fromRequest(request).userId}`);

  const cli = fromArguments(['rebuild', '--verbose']);
  print(rebuild.withContext(cli, 'main'));
  print(`  verbose ${cli.verbose}, user of the process ${cli.userId === process.getuid?.()}`);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) main();
