/** Contexts for common starting points: a web request, a command line, a job, a resolver, a test. */
import { Context } from './context.ts';
import { unexpected } from './option.ts';
import type { CallContext } from './wrap.ts';

/** What a web request is made of, as far as the context needs it; a web `Request` fits, and so do Node's and Express's. */
export interface WebRequestLike {
  readonly method?: string | undefined;
  /** An absolute or relative address. */
  readonly url?: string | undefined;
  /** The path, where the host has it ready. @default the path of `url` */
  readonly path?: string | undefined;
  readonly headers?:
    | Iterable<readonly [string, string]>
    | Readonly<Record<string, string | readonly string[] | undefined>>
    | undefined;
  readonly userId?: string | number | undefined;
}

/** What `createWebContext` puts on the context. */
export interface WebData {
  method: string;
  path: string;
  /** A copy that cannot be changed; names are found in any case. */
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

/** What `createJobContext` puts on the context. */
export interface JobData<D = unknown> {
  jobId: string | undefined;
  jobName: string;
  data: D;
  /** The number of this run, from 1. */
  attempt: number;
  /** The most runs that there may be, the first included. */
  maxAttempts: number;
}

/** What `createResolverContext` puts on the context: what a GraphQL resolver is called with. */
export interface ResolverData<P = unknown, A = unknown, C = unknown, I = unknown> {
  parent: P;
  args: A;
  context: C;
  info: I;
}

/** A context made from a web request. */
export function createWebContext(request: WebRequestLike): Context<WebData> {
  checkObject('request', request);
  const { method = 'GET', url = '/', userId } = request;
  const path = request.path ?? pathOf(url);
  return new Context<WebData>({ method, path, headers: headersOf(request.headers), userId });
}

/** A context made from what a command line said. */
export function createCliContext(args: {
  readonly command?: string | undefined;
  readonly verbose?: boolean | undefined;
}): Context<CliData> {
  checkObject('args', args);
  // Not every platform has a process, and not every process has users with numbers.
  const host = globalThis as { readonly process?: { getuid?(): number } };
  return new Context<CliData>({
    command: args.command,
    verbose: args.verbose ?? false,
    userId: host.process?.getuid?.(),
  });
}

/** A context made from a job of a queue. */
export function createJobContext<D>(job: {
  readonly id?: string | number | undefined;
  readonly name: string;
  readonly data: D;
  /** @default 1 */
  readonly attempt?: number | undefined;
  /** @default 1 */
  readonly maxAttempts?: number | undefined;
}): Context<JobData<D>> {
  checkObject('job', job);
  return new Context<JobData<D>>({
    jobId: job.id === undefined ? undefined : String(job.id),
    jobName: job.name,
    data: job.data,
    attempt: job.attempt ?? 1,
    maxAttempts: job.maxAttempts ?? 1,
  });
}

/** A context made from what a GraphQL resolver is called with. */
export function createResolverContext<P, A, C, I>(
  call: Readonly<ResolverData<P, A, C, I>>,
): Context<ResolverData<P, A, C, I>> {
  checkObject('call', call);
  const { parent, args, context, info } = call;
  return new Context<ResolverData<P, A, C, I>>({ parent, args, context, info });
}

/**
 * A context as middleware round a function is given it, to try a middleware alone: a call of `test` with no arguments,
 * and what else the test wants.
 */
export function createTestContext<T extends object>(values: T): CallContext<T> {
  return new Context({ funcName: 'test', args: [], ...values }) as CallContext<T>;
}

function checkObject(name: string, value: unknown): void {
  if (typeof value !== 'object' || value === null) throw unexpected(name, 'an object', value);
}

/** The path as it came: `//admin` is a path, too, and not a host. */
function pathOf(url: string): string {
  if (/^[a-z][\w+.-]*:\/\//i.test(url)) return new URL(url).pathname;
  return /^[^?#]*/.exec(url)?.[0] || '/';
}

function headersOf(
  headers: WebRequestLike['headers'],
): Readonly<Record<string, string | undefined>> {
  const given = headers ?? {};
  const pairs = Symbol.iterator in given ? given : Object.entries(given);
  // Without a prototype a header called `__proto__` is a header like any other.
  const copy = Object.create(null) as Record<string, string>;
  for (const [name, value] of pairs) {
    if (value === undefined) continue;
    const key = name.toLowerCase();
    // As in HTTP: what comes several times is a list.
    copy[key] = [copy[key] ?? [], value].flat(2).join(key === 'cookie' ? '; ' : ', ');
  }
  const lower = (name: string | symbol): string | symbol =>
    typeof name === 'string' ? name.toLowerCase() : name;
  const refuse = (): boolean => false;
  return new Proxy(copy, {
    get: (target, name) => Reflect.get(target, lower(name)) as unknown,
    has: (target, name) => Reflect.has(target, lower(name)),
    getOwnPropertyDescriptor: (target, name) =>
      Reflect.getOwnPropertyDescriptor(target, lower(name)),
    set: refuse,
    defineProperty: refuse,
    deleteProperty: refuse,
    setPrototypeOf: refuse,
  });
}
