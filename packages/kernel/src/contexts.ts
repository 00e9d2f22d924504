/** Contexts for common starting points: a web request, a command line. */
import { Context } from './context.ts';

/** What a web request is made of, as far as the context needs it; a web `Request` fits, and so do Node's and Express's. */
export interface WebRequestLike {
  readonly method?: string | undefined;
  /** An absolute or relative address. */
  readonly url?: string | undefined;
  /** The path, where the host has it ready. @default the path of `url` */
  readonly path?: string | undefined;
  readonly headers?: Iterable<readonly [string, string]> | Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly userId?: string | number | undefined;
}

/** What `createWebContext` puts on the context. */
export interface WebData {
  method: string;
  path: string;
  /** A copy; names are found in any case. */
  headers: Readonly<Record<string, string | undefined>>;
  userId: string | number | undefined;
}

/** What `createCliContext` puts on the context. */
export interface CliData {
  command: string | undefined;
  verbose: boolean;
  /** The number of the user who runs the process; `undefined` where there are no such numbers. */
  userId: number | undefined;
}

/** A context made from a web request. */
export function createWebContext(request: WebRequestLike): Context<WebData> {
  const { method = 'GET', url = '/', userId } = request;
  const path = request.path ?? new URL(url, 'http://localhost').pathname;
  return new Context<WebData>({ method, path, headers: headersOf(request.headers), userId });
}

/** A context made from what a command line said. */
export function createCliContext(args: { readonly command?: string; readonly verbose?: boolean }): Context<CliData> {
  // Not every platform has a process, and not every process has users with numbers.
  const host = globalThis as { readonly process?: { getuid?(): number } };
  return new Context<CliData>({
    command: args.command,
    verbose: args.verbose ?? false,
    userId: host.process?.getuid?.(),
  });
}

function headersOf(headers: WebRequestLike['headers'] = {}): Readonly<Record<string, string | undefined>> {
  const pairs = Symbol.iterator in headers ? [...headers] : Object.entries(headers);
  const copy: Record<string, string | undefined> = Object.create(null) as Record<string, string>;
  for (const [name, value] of pairs) {
    if (value !== undefined) copy[name.toLowerCase()] = typeof value === 'string' ? value : value.join(', ');
  }
  const lower = (name: string | symbol): string | symbol => (typeof name === 'string' ? name.toLowerCase() : name);
  return new Proxy(copy, {
    get: (target, name) => Reflect.get(target, lower(name)) as unknown,
    has: (target, name) => Reflect.has(target, lower(name)),
    getOwnPropertyDescriptor: (target, name) => Reflect.getOwnPropertyDescriptor(target, lower(name)),
    set: () => false,
  });
}
