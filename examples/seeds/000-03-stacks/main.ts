/** Two ready stacks of middleware, each made once and put round as many functions as you like. */
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import {
  type Awaitable,
  before,
  type CallContext,
  type CallData,
  type Clock,
  CodedError,
  compose,
  type Context,
  type ContextPolicy,
  createContext,
  define,
  extend,
  type Middleware,
  pipeline,
  tap,
  wrap,
} from '@interpose/kernel';
import { systemClock } from '@interpose/kernel/clock';
import { checkMs } from '@interpose/kernel/options';
import { memoryStore } from '@interpose/kernel/store';
import { createWebContext, type WebData } from '@interpose/kernel/contexts';

/** Who somebody is and what they may do. */
export interface User {
  readonly id: number;
  readonly permissions: readonly string[];
}

/** Where `timing` writes. */
export interface Timed {
  timingMs?: number;
}

/** What a caller brings to be known by. */
export interface Credentials {
  readonly token?: string;
}

/** A call of a function that asks who calls. */
export type SecuredCall = CallContext<Credentials & Timed>;

/** A call of a function that gives a page. */
export type PageCall = CallContext<WebData & Timed>;

/** What a page is sent as. */
export interface Reply {
  readonly body: string | Uint8Array;
  readonly encoding: 'identity' | 'gzip';
}

/** Nobody is known by that token. */
export class UnauthenticatedError extends CodedError {
  static override readonly code: string = 'UNAUTHENTICATED';
}

/** Somebody is known, but may not do this. */
export class ForbiddenError extends CodedError {
  static override readonly code: string = 'FORBIDDEN';
}

/** Puts on the context how long the rest took, however it ended. */
export function timing(clock: Clock = systemClock): ContextPolicy<Timed> {
  return define({ name: 'timing' }, async (ctx, next) => {
    const startedMs = clock.now();
    try {
      return await next(ctx);
    } finally {
      ctx.timingMs = clock.now() - startedMs;
    }
  });
}

/** Says what is called and how it ends. Looks on only: a log that is full stops nobody. */
export function logging<R>(log: (line: string) => void): Middleware<CallData, R> {
  return tap<CallData, R>({
    name: 'logging',
    before: (ctx) => log(`Starting handler: ${ctx.funcName}`),
    after: (ctx) => log(`Handler ${ctx.funcName} completed successfully`),
    onError: (ctx, error) => log(`Handler ${ctx.funcName} failed: ${String(error)}`),
  });
}

/** Finds out who calls, and tells those further in. */
export function auth<C extends Credentials, R>(
  findUser: (token: string) => Awaitable<User | undefined>,
): Middleware<C, R, C & { user: User }> {
  return define({ name: 'auth', provides: ['user'] }, async (ctx, next) => {
    const user = ctx.token === undefined ? undefined : await findUser(ctx.token);
    if (!user) throw new UnauthenticatedError('Log in first.');
    return next(extend(ctx, { user }));
  });
}

/** Lets pass who has the permission. Needs `auth` further out, and does not compile without. */
export function permission(needed: string): ContextPolicy<{ user: User }> {
  return define(
    { name: 'permission', requires: ['user'] },
    before(({ user }: { user: User }) => {
      if (!user.permissions.includes(needed)) {
        throw new ForbiddenError(`User ${user.id} may not ${needed}.`);
      }
    }),
  );
}

/** What `authStack` is told. */
export interface AuthOptions {
  readonly log: (line: string) => void;
  readonly findUser: (token: string) => Awaitable<User | undefined>;
  /** What a caller must be allowed to do. */
  readonly needed: string;
  /** @default systemClock */
  readonly clock?: Clock;
}

/** Timing, logging, auth, permission. A pipeline checks the types from one to the next; `middleware()` makes it one. */
export function authStack<R>(
  options: AuthOptions,
): Middleware<SecuredCall, R, SecuredCall & { user: User }> {
  return pipeline<SecuredCall, R>()
    .use(timing(options.clock))
    .use(logging(options.log))
    .use(auth(options.findUser))
    .use(permission(options.needed))
    .middleware();
}

const encodingFor = ({ headers }: Pick<WebData, 'headers'>): Reply['encoding'] =>
  /(^|[\s,])gzip\b(?!\s*;\s*q=0(\.0*)?\s*(,|$))/i.test(headers['accept-encoding'] ?? '')
    ? 'gzip'
    : 'identity';

/**
 * Remembers replies, not failures. The key holds all that a reply depends on: the function, its arguments (plain data),
 * the encoding, and the user, without whom one would be shown the pages of another.
 */
export function cache(ttlMs: number, clock: Clock = systemClock): Middleware<PageCall, Reply> {
  checkMs('ttlMs', ttlMs);
  const replies = memoryStore<Reply>({ maxEntries: 1000, clock });
  return define({ name: 'cache' }, async (ctx, next) => {
    const key = JSON.stringify([ctx.funcName, ctx.args, encodingFor(ctx), ctx.userId ?? null]);
    const known = replies.get(key);
    if (known) return known;
    const reply = await next(ctx);
    replies.set(key, reply, ttlMs);
    return reply;
  });
}

const zip = promisify(gzip);

/** Compresses what is worth it, for those who can read it. */
export function compression(minBytes = 1024): Middleware<WebData, Reply> {
  return define({ name: 'compression' }, async (ctx, next) => {
    const reply = await next(ctx);
    const skip = reply.encoding !== 'identity' || reply.body.length < minBytes;
    if (skip || encodingFor(ctx) === 'identity') return reply;
    return { body: await zip(reply.body), encoding: 'gzip' };
  });
}

/**
 * Timing, cache, compression. The cache stands outside compression, so a page is compressed once and a hit costs
 * nothing; in return it keeps a page once for each encoding. The other way round it would keep it once, and compress it
 * for every call.
 */
export function cacheStack(ttlMs: number, clock?: Clock): Middleware<PageCall, Reply> {
  return compose(timing(clock), cache(ttlMs, clock), compression());
}

/** Puts each stack round a function and calls it. */
export async function main(print: (line: string) => void = console.log): Promise<void> {
  const users = new Map<string, User>([
    ['t-ada', { id: 1, permissions: ['close accounts'] }],
    ['t-bob', { id: 2, permissions: [] }],
  ]);
  const findUser = async (token: string): Promise<User | undefined> => users.get(token);
  const closeAccount = wrap(
    async function closeAccount(account: number): Promise<string> {
      return `account ${account} is closed`;
    },
    authStack({ log: print, findUser, needed: 'close accounts' }),
  );
  for (const ctx of [{ token: 't-ada' }, { token: 't-bob' }, {}].map((one) => createContext(one))) {
    print(await closeAccount.withContext(ctx, 7).catch(String));
  }

  const readPage = wrap(async function readPage(topic: string): Promise<Reply> {
    print(`writing the page about ${topic}`);
    return { body: `All about ${topic}. `.repeat(100), encoding: 'identity' };
  }, cacheStack(60_000));
  const visit = (userId: number, accept: string): Context<WebData> =>
    createWebContext({ url: '/pages', userId, headers: { 'Accept-Encoding': accept } });
  for (const ctx of [visit(1, 'br, gzip'), visit(1, 'gzip'), visit(1, 'br'), visit(2, 'gzip')]) {
    const { encoding } = await readPage.withContext(ctx, 'onions');
    print(`user ${ctx.userId} accepts ${ctx.headers['accept-encoding']}: ${encoding}`);
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await main();
