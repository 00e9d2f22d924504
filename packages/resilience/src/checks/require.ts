/** requireRole, requirePermission: who calls must be allowed to. */
import {
  type Awaitable,
  type ContextPolicy,
  createMiddleware,
  isThenable,
} from '@interpose/kernel';
import { checkNames, unexpected } from '@interpose/kernel/options';
import { ForbiddenError, UnauthenticatedError } from './errors.ts';
import { fieldOf, isSomebody, type Names, namesIn, rolesOfUser, userOf } from './identity.ts';

/** Options of `requireRole`. */
export interface RequireRoleOptions<C> {
  /** One of these is enough. */
  readonly anyOf: readonly string[];
  /** The roles of who calls. @default `roles` of the context's user, a list or set; or `role`, a text */
  readonly rolesOf?: (ctx: C) => Awaitable<Names | undefined>;
  /** Who calls, to tell those who may not from those whom nobody knows. @default `user` on the context; where it has no such property, `userId` */
  readonly userOf?: (ctx: C) => unknown;
}

/** Options of `requirePermission`. */
export interface RequirePermissionOptions<C> {
  /** All of these are needed. */
  readonly allOf: readonly string[];
  /** The permissions of who calls. @default `permissions` of the context's user, a list or set */
  readonly permissionsOf?: (ctx: C) => Awaitable<Names | undefined>;
  /** Who calls, to tell those who may not from those whom nobody knows. @default `user` on the context; where it has no such property, `userId` */
  readonly userOf?: (ctx: C) => unknown;
}

/**
 * Lets pass who has one of these roles. Roles that are missing, or of another form than a list of texts, are no roles.
 *
 * @throws TypeError for options out of range; UnauthenticatedError when called and nobody knows who calls, ForbiddenError if it is known
 * @example
 * pipeline<Http, Reply>().use(auth).use(requireRole('editor', 'admin'));
 */
export function requireRole<C = object>(
  first: string | RequireRoleOptions<C>,
  ...more: readonly string[]
): ContextPolicy<C> {
  const options = isOptions(first) ? first : { anyOf: [first, ...more] };
  checkNames('requireRole()', options, ['anyOf', 'rolesOf', 'userOf']);
  const { anyOf, rolesOf, userOf: find } = options as RequireRoleOptions<C>;
  const needed = checkNeeded('anyOf', anyOf);
  return requirement({
    name: 'requireRole',
    description: `Lets pass who is one of: ${needed.join(', ')}.`,
    needed,
    namesOf: checkReader('rolesOf', rolesOf) ?? rolesOfUser,
    find: checkReader('userOf', find) ?? userOf,
    suffices: (roles) => needed.some((role) => roles.has(role)),
  });
}

/**
 * Lets pass who has all of these permissions. Permissions that are missing, or of another form than a list of texts, are none.
 *
 * @throws TypeError for options out of range; UnauthenticatedError when called and nobody knows who calls, ForbiddenError if it is known
 * @example
 * pipeline<Http, Reply>().use(auth).use(requirePermission('orders:read', 'orders:write'));
 */
export function requirePermission<C = object>(
  first: string | RequirePermissionOptions<C>,
  ...more: readonly string[]
): ContextPolicy<C> {
  const options = isOptions(first) ? first : { allOf: [first, ...more] };
  checkNames('requirePermission()', options, ['allOf', 'permissionsOf', 'userOf']);
  const { allOf, permissionsOf, userOf: find } = options as RequirePermissionOptions<C>;
  const needed = checkNeeded('allOf', allOf);
  return requirement({
    name: 'requirePermission',
    description: `Lets pass who may: ${needed.join(', ')}.`,
    needed,
    namesOf: checkReader('permissionsOf', permissionsOf) ?? permissionsOfUser,
    find: checkReader('userOf', find) ?? userOf,
    suffices: (permissions) => needed.every((permission) => permissions.has(permission)),
  });
}

interface Requirement<C> {
  readonly name: string;
  readonly description: string;
  readonly needed: readonly string[];
  readonly namesOf: (ctx: C) => Awaitable<unknown>;
  readonly find: (ctx: C) => unknown;
  readonly suffices: (names: ReadonlySet<string>) => boolean;
}

function requirement<C>(parts: Requirement<C>): ContextPolicy<C> {
  const { name, description, needed, namesOf, find, suffices } = parts;
  const judge = (ctx: C, names: unknown): void => {
    if (suffices(namesIn(names))) return;
    if (isSomebody(find(ctx))) throw new ForbiddenError(needed);
    throw new UnauthenticatedError();
  };
  return createMiddleware<C, never>({
    name,
    description,
    before(ctx) {
      const names = namesOf(ctx);
      return isThenable(names) ? names.then((late) => judge(ctx, late)) : judge(ctx, names);
    },
  }) as never;
}

const isOptions = <O extends object>(first: string | O): first is O =>
  typeof first === 'object' && first !== null;

const permissionsOfUser = (ctx: unknown): unknown => fieldOf(userOf(ctx), 'permissions');

/** Checks a list of names. To need nothing would let everybody pass. */
export function checkNeeded(name: string, needed: unknown): readonly string[] {
  const names = namesIn(needed);
  if (names.size === 0 || names.has('')) {
    throw unexpected(name, 'a list of one name or more', needed);
  }
  return [...names];
}

/** Checks a function that reads a context, if there is one. */
export function checkReader<F>(name: string, reader: F): F {
  if (reader !== undefined && typeof reader !== 'function') {
    throw unexpected(name, 'a function', reader);
  }
  return reader;
}
