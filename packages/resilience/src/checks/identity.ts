/** Identity: who calls, as far as the context tells, and what roles and permissions they have. */

/** Contexts as far as checks look at them on their own account. */
interface Known {
  readonly user?: unknown;
  readonly userId?: unknown;
}

/** Who calls: the context's `user`, or its `userId` where it has no `user` at all. */
export function userOf(ctx: unknown): unknown {
  const known = ctx as Known | null | undefined;
  // A user that was looked for and not found must not be made up for by a number from elsewhere.
  if (typeof known === 'object' && known !== null && 'user' in known) return known.user;
  return known?.userId;
}

/** True for something that can stand for somebody: an object, a text that is not empty, or a number. */
export function isSomebody(user: unknown): user is object | string | number | bigint {
  if (typeof user === 'object') return user !== null;
  if (typeof user === 'string') return user !== '';
  return typeof user === 'bigint' || (typeof user === 'number' && !Number.isNaN(user));
}

/** A field of who calls, if that is an object. */
export const fieldOf = (user: unknown, field: string): unknown =>
  typeof user === 'object' && user !== null
    ? (user as Readonly<Record<string, unknown>>)[field]
    : undefined;

/** The roles of the context's user: its `roles`, or its `role` if that is a text. */
export function rolesOfUser(ctx: unknown): unknown {
  const user = userOf(ctx);
  const roles = fieldOf(user, 'roles');
  if (roles !== undefined) return roles;
  const role = fieldOf(user, 'role');
  return typeof role === 'string' ? [role] : undefined;
}

/** What a list of names may be given as. */
export type Names = readonly string[] | ReadonlySet<string>;

/** The names in a list or set; none if it is anything else, or holds anything else. */
export function namesIn(given: unknown): ReadonlySet<string> {
  if (!Array.isArray(given) && !(given instanceof Set)) return NONE;
  const names = new Set<unknown>(given);
  for (const name of names) if (typeof name !== 'string') return NONE;
  return names as Set<string>;
}

const NONE: ReadonlySet<string> = new Set();
