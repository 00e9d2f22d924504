/** MaskRule: what is to be seen of a field, and by whom. */
import { checkNames, unexpected } from '@interpose/kernel/options';
import { maskedCopy } from '@interpose/resilience/checks';
import type { GraphQLResolveInfo } from 'graphql';
import { email, full, partial } from './masks.ts';

/** What a mask is told beside the value. */
export interface MaskContext<Context = unknown> {
  readonly user: unknown;
  readonly parent: unknown;
  readonly args: Readonly<Record<string, unknown>>;
  readonly context: Context;
  readonly info: GraphQLResolveInfo;
}

interface Masks<Context> {
  one(value: unknown, about: MaskContext<Context>): unknown;
}

/** Gives what is to be seen in the place of a value, at once or later. In a list it is given each item. */
export type MaskFunction<Context = unknown> = Masks<Context>['one'];

/** `'full'`: `***`. `'partial'`: `****1234`. `'email'`: `j***@example.com`. `'null'`: nothing. What is no text becomes `null` with all of them. */
export type MaskName = 'full' | 'partial' | 'email' | 'null';

/** Masks what is under these names in plain data, as a JSON scalar has it, at any depth; also in a text that is JSON. */
export interface FieldsMask<Context = unknown> {
  readonly fields: readonly string[];
  /** One that gives its value at once; in a list it is given each item. @default 'full' */
  readonly mask?: MaskName | MaskFunction<Context>;
}

/** What is done to a value; `false`: nothing. */
export type Mask<Context = unknown> =
  | false
  | MaskName
  | FieldsMask<Context>
  | MaskFunction<Context>;

/** A mask for everybody, or one for all but those who have certain roles. */
export type MaskRule<Context = unknown> =
  | Mask<Context>
  | {
      /** For those who have none of the roles. @default 'full' */
      readonly mask?: Mask<Context>;
      /** By role; who has several gets what is said for the one listed first. */
      readonly roles: Readonly<Record<string, Mask<Context>>>;
    };

/** A mask made ready. */
export interface ReadyMask {
  /** What it can give by itself: text in the place of text, and nothing in the place of all else; always nothing; or anything. */
  readonly gives: 'text' | 'nothing' | 'anything';
  readonly run: MaskFunction;
}

/** A rule made ready: the mask for somebody with these roles, or `undefined` for somebody who may see the value as it is. */
export interface ReadyRule {
  readonly masks: readonly ReadyMask[];
  readonly maskFor: (names: ReadonlySet<string>) => ReadyMask | undefined;
}

function nothing(): null {
  return null;
}

const NAMED: ReadonlyMap<unknown, (value: unknown) => unknown> = new Map([
  ['full', full],
  ['partial', partial],
  ['email', email],
  ['null', nothing],
]);

/** @throws TypeError for what is no rule */
export function readyRule(at: string, rule: unknown): ReadyRule {
  const byRole = typeof rule === 'object' && rule !== null && !('fields' in rule);
  if (!byRole) {
    const mask = readyMask(at, rule);
    return { masks: mask ? [mask] : [], maskFor: () => mask };
  }
  checkNames(at, rule, ['mask', 'roles']);
  const { mask = 'full', roles } = rule as { readonly mask?: unknown; readonly roles?: unknown };
  if (typeof roles !== 'object' || roles === null) {
    throw unexpected(`${at}.roles`, 'masks by role', roles);
  }
  const usual = readyMask(`${at}.mask`, mask);
  const special = Object.entries(roles).map(
    ([role, given]) => [role, readyMask(`${at}.roles.${role}`, given)] as const,
  );
  return {
    masks: [usual, ...special.map(([, one]) => one)].filter((one) => one !== undefined),
    maskFor(names) {
      const found = special.find(([role]) => names.has(role));
      return found ? found[1] : usual;
    },
  };
}

function readyMask(at: string, mask: unknown): ReadyMask | undefined {
  if (mask === false) return undefined;
  const named = NAMED.get(mask);
  if (named) return { gives: named === nothing ? 'nothing' : 'text', run: named };
  if (typeof mask === 'function') return { gives: 'anything', run: mask as MaskFunction };
  if (typeof mask !== 'object' || mask === null) {
    throw unexpected(
      at,
      "'full', 'partial', 'email', 'null', false, a function or an object",
      mask,
    );
  }
  checkNames(at, mask, ['fields', 'mask']);
  const { fields, mask: inner = 'full' } = mask as FieldsMask;
  const innerMask = NAMED.get(inner) ?? inner;
  if (typeof innerMask !== 'function') throw unexpected(`${at}.mask`, 'a mask', inner);
  // Says now what would be wrong with every value.
  maskedCopy({}, { fields });
  const copy: MaskFunction = (value, about) =>
    maskedCopy(value, {
      fields,
      mask: (found) => eachText(found, (one) => (innerMask as MaskFunction)(one, about)),
    });
  const run: MaskFunction = (value, about) => {
    const data = dataIn(value);
    return data === undefined ? copy(value, about) : JSON.stringify(copy(data, about));
  };
  return { gives: 'anything', run };
}

/** The data that a text holds, if it is JSON of an object or a list. */
function dataIn(value: unknown): unknown {
  if (typeof value !== 'string' || !/^\s*[[{]/.test(value)) return undefined;
  try {
    return JSON.parse(value) as unknown;
  } catch {
    return undefined;
  }
}

/** In a list, each item for itself; in a list without end, nothing. */
function eachText(value: unknown, mask: (value: unknown) => unknown, depth = 0): unknown {
  if (!Array.isArray(value)) return mask(value);
  return depth > 10 ? null : value.map((item) => eachText(item, mask, depth + 1));
}
