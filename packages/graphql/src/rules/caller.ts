/** Caller: who asks, as far as the context of the operation tells, and which roles and permissions they have. */
import { type Awaitable, isThenable } from '@interpose/kernel';
import { unexpected } from '@interpose/kernel/options';
import type { FieldContext } from '../field-context.ts';
import { perOperation } from '../per-operation.ts';

/** What a list of names may be given as. */
export type Names = readonly string[] | ReadonlySet<string>;

/** How to find out who asks. */
export interface CallerOptions<Context> {
  /** Who asks; nothing for nobody. @default `user` on the context */
  readonly userOf?: (context: Context) => unknown;
  /** Their roles, or their roles and permissions. @default `roles` and `permissions` of the user, lists or sets, and `role`, a text */
  readonly namesOf?: (context: Context) => Awaitable<Names | undefined>;
}

/** Who asks. */
export interface Caller {
  readonly user: unknown;
  /** Their roles and permissions; none if they are missing or of another form. */
  readonly names: Awaitable<ReadonlySet<string>>;
}

/**
 * A reader that finds out once an operation and context.
 *
 * @throws TypeError for options that are no functions
 */
export function callerReader<Context>(
  { userOf, namesOf }: CallerOptions<Context>,
  onFailure: (error: unknown) => void,
): (ctx: FieldContext) => Caller {
  for (const [name, given] of Object.entries({ userOf, namesOf })) {
    if (given !== undefined && typeof given !== 'function') {
      throw unexpected(name, 'a function', given);
    }
  }
  const nobodys = (error: unknown): ReadonlySet<string> => {
    onFailure(error);
    return NONE;
  };
  const read = (context: Context): Caller => {
    let user: unknown;
    try {
      const found: unknown = userOf ? userOf(context) : propertyOf(context, 'user');
      if (isThenable(found)) {
        // Taken for somebody, a promise would be let in.
        found.then(undefined, () => {});
        throw unexpected('user', 'there at once, and no promise', found);
      }
      user = found;
      const names: unknown = namesOf ? namesOf(context) : usualNames(user);
      return {
        user,
        names: isThenable(names) ? Promise.resolve(names.then(namesIn, nobodys)) : namesIn(names),
      };
    } catch (error) {
      return { user, names: nobodys(error) };
    }
  };
  const known = perOperation(() => new Map<unknown, Caller>());
  return (ctx) => {
    const callers = known(ctx);
    let caller = callers.get(ctx.context);
    if (!caller) {
      caller = read(ctx.context as Context);
      // A middleware that makes a context for each field must not fill the memory of an operation.
      if (callers.size < MOST_CONTEXTS) callers.set(ctx.context, caller);
    }
    return caller;
  };
}

/** True for something that can stand for somebody. */
export function isSomebody(user: unknown): boolean {
  return user !== undefined && user !== null && user !== false && user !== '';
}

const MOST_CONTEXTS = 100;

const NONE: ReadonlySet<string> = new Set();

/** A property that an object has of its own or by its class; what every object has is nobody's. */
function propertyOf(holder: unknown, name: string): unknown {
  return typeof holder === 'object' && holder !== null && name in holder
    ? (holder as Readonly<Record<string, unknown>>)[name]
    : undefined;
}

function usualNames(user: unknown): ReadonlySet<string> {
  const role = propertyOf(user, 'role');
  return new Set([
    ...namesIn(propertyOf(user, 'roles')),
    ...namesIn(propertyOf(user, 'permissions')),
    ...(typeof role === 'string' && role !== '' ? [role] : []),
  ]);
}

function namesIn(given: unknown): ReadonlySet<string> {
  if (!Array.isArray(given) && !(given instanceof Set)) return NONE;
  const names = new Set<unknown>(given);
  for (const name of names) if (typeof name !== 'string') return NONE;
  return names as Set<string>;
}
