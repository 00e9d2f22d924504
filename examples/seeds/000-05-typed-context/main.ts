/** Typed contexts: the compiler knows every key, and what each middleware adds to them. */
import { pathToFileURL } from 'node:url';
import {
  type Awaitable,
  CodedError,
  type Context,
  createContext,
  extend,
  type Middleware,
  pipeline,
  provide,
  type Runner,
} from '@interpose/kernel';

/** Everything that this application knows of a call. */
export interface AppData {
  userId: number;
  userRole: string;
  requestId: string;
  authToken?: string;
  permissions: readonly string[];
}

/** A context with these data as properties, and `get`, `set`, `update`, `require` and the like beside them. */
export type AppContext = Context<AppData>;

/** The context of one call; the compiler asks for every key that is not optional. */
export function createAppContext(data: AppData): AppContext {
  return createContext(data);
}

/** What a caller brings. */
export interface Incoming {
  readonly requestId: string;
  readonly authToken?: string;
}

/** Who a caller is. */
export type Identity = Pick<AppData, 'userId' | 'userRole' | 'permissions'>;

/** Nobody is known by that token. */
export class UnknownCallerError extends CodedError {
  static override readonly code: string = 'UNKNOWN_CALLER';
}

const identities = new Map<string | undefined, Identity>([
  ['t-ada', { userId: 1, userRole: 'admin', permissions: ['read', 'write'] }],
]);

/** Promises the identity in its type. `next()` without it does not compile. */
export const authenticate: Middleware<Incoming, string, Incoming & Identity> = (ctx, next) => {
  const identity = identities.get(ctx.authToken);
  if (!identity) throw new UnknownCallerError('Nobody is known by that token.');
  return next(extend(ctx, identity));
};

/** Each `use` adds to the type of the context; one that needs `userId` before `authenticate` does not compile. */
export function makeGreet(): Runner<Incoming, Awaitable<string>> {
  return pipeline<Incoming, string>()
    .use(authenticate)
    .use(provide('label', (ctx: Identity) => `${ctx.userRole} ${ctx.userId}`))
    .handle((ctx) => `${ctx.requestId}: ${ctx.label} may ${ctx.permissions.join(' and ')}`);
}

/** Writes and reads a typed context, then lets a pipeline build one. */
export async function main(print: (line: string) => void = console.log): Promise<void> {
  const ctx = createAppContext({
    userId: 1,
    userRole: 'member',
    requestId: 'r1',
    authToken: 't-ada',
    permissions: ['read'],
  });
  ctx.userRole = 'admin';
  ctx.update({ permissions: ['read', 'write'] });
  print(String(ctx));
  print(`role: ${ctx.require('userRole')}, with a token: ${ctx.has('authToken')}`);
  print(await makeGreet()({ requestId: 'r2', authToken: 't-ada' }));
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await main();
