/** guarded: says of a middleware how a guard is to treat it. */
import { define } from '@interpose/kernel';
import { type Composable, type Layer, layersOf } from '@interpose/kernel/layers';
import { checkMs, checkNames, unexpected } from '@interpose/kernel/options';

/** Marks the type of a middleware on which security rests. */
declare const SECURITY: unique symbol;

/** A middleware on which security rests. No guard ever lets a call go past it, and it cannot be made optional. */
export interface SecurityMiddleware {
  readonly [SECURITY]: true;
}

/** How a guard is to treat a middleware that calls can do without. */
export interface OptionalMark {
  /** While its circuit is open, calls go past it. */
  readonly optional: true;
  readonly security?: never;
  /** How long it may be at work, in milliseconds; 0: as long as it likes. @default that of the guard */
  readonly timeoutMs?: number;
}

/** How a guard is to treat a middleware on which security rests. */
export interface SecurityMark {
  /** Calls never go past it, and nobody can make it optional. */
  readonly security: true;
  readonly optional?: never;
  /** How long it may be at work, in milliseconds; 0: as long as it likes. @default that of the guard */
  readonly timeoutMs?: number;
}

/** How a guard is to treat a middleware of which there is nothing to say but how long it may take. */
export interface TimeoutMark {
  readonly optional?: never;
  readonly security?: never;
  /** How long it may be at work, in milliseconds; 0: as long as it likes. */
  readonly timeoutMs: number;
}

/** How a guard is to treat a middleware. */
export type GuardMark = OptionalMark | SecurityMark | TimeoutMark;

/** What may be marked: for `optional`, nothing on which security rests. */
type Markable<K extends GuardMark, M> = K extends OptionalMark
  ? M extends SecurityMiddleware
    ? never
    : M
  : M;

/** Where a middleware keeps its marks, among its traits. */
const MARKS: unique symbol = Symbol.for('interpose.guard');

/** The marks of a middleware, however many. */
export interface Marks {
  readonly optional?: true;
  readonly security?: true;
  readonly timeoutMs?: number;
}

/**
 * Says of a middleware how a guard is to treat it. Gives a twin of it, marked so; the middleware itself stays as it is. Where it is to stand
 * is said before, or when it is used.
 *
 * @throws TypeError for a mark that there is not, or if one on which security rests is to be optional
 * @example
 * pipeline<Http, Response>()
 *   .use(guarded({ security: true, timeoutMs: 500 }, authenticate))
 *   .use(guarded({ optional: true }, geoLookup));
 */
export function guarded<const K extends GuardMark, M extends Composable>(
  mark: K,
  middleware: M & Markable<K, M>,
): K extends SecurityMark ? M & SecurityMiddleware : M {
  checkMark(mark);
  const layers = layersOf(middleware, 0).map((layer): Layer => {
    const marks = { ...marksOf(layer), ...mark } as Marks;
    if (marks.optional && marks.security) throw notOptional(layer.name);
    return { ...layer, traits: { ...layer.traits, [MARKS]: marks } as Layer['traits'] };
  });
  return define({ layers } as object, twinOf(middleware)) as never;
}

/** Another with all that it has: elsewhere the same middleware may stand unmarked. */
function twinOf(middleware: Composable): object {
  if (typeof middleware !== 'function') {
    const handle = { value: middleware.handle.bind(middleware) };
    return Object.create(middleware, { handle }) as object;
  }
  const twin = (ctx: unknown, next: unknown): unknown => middleware(ctx, next);
  return Object.defineProperties(twin, Object.getOwnPropertyDescriptors(middleware));
}

/** The marks of a layer; of one that runs others perhaps, the strictest of theirs. */
export function marksOf({ traits }: Layer): Marks {
  const own = (traits as { readonly [MARKS]?: Marks })[MARKS] ?? {};
  const rests = (traits.children ?? []).some((child) => marksOf(child).security);
  return rests ? { ...own, security: true } : own;
}

/** The error for somebody who wants calls to go past security. */
export function notOptional(name: string): TypeError {
  return new TypeError(`Middleware "${name}" is declared \`security\` and cannot be \`optional\`.`);
}

function checkMark(mark: GuardMark): void {
  if (typeof mark !== 'object' || mark === null) throw unexpected('mark', 'an object', mark);
  checkNames('guarded()', mark, ['optional', 'security', 'timeoutMs']);
  const { optional, security, timeoutMs } = mark as Readonly<Record<keyof Marks, unknown>>;
  if (optional !== undefined && optional !== true) throw unexpected('optional', 'true', optional);
  if (security !== undefined && security !== true) throw unexpected('security', 'true', security);
  if (timeoutMs !== undefined) checkMs('timeoutMs', timeoutMs);
}
