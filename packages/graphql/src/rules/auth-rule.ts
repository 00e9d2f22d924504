/** AuthRule: who may see a field, in words, by functions, or by both. */
import type { Awaitable } from '@interpose/kernel';
import type { GraphQLResolveInfo } from 'graphql';

type Args = Readonly<Record<string, unknown>>;

/** Functions that may say of what type their user and parent are. */
interface Checks<Context> {
  one(
    user: unknown,
    parent: unknown,
    args: Args,
    context: Context,
    info: GraphQLResolveInfo,
  ): Awaitable<boolean>;
  many(parents: readonly unknown[], about: ManyContext<Context>): Awaitable<readonly boolean[]>;
}

/** Decides for one field of one object. Only `true` lets pass. */
export type AuthCheck<Context = unknown> = Checks<Context>['one'];

/** Decides for all objects of a list at once: one answer for each, in their order. Only `true` lets pass. */
export type ManyCheck<Context = unknown> = Checks<Context>['many'];

/** What a `ManyCheck` is told beside the objects. All of them are asked the same. */
export interface ManyContext<Context = unknown> {
  readonly user: unknown;
  readonly args: Args;
  readonly context: Context;
  readonly info: GraphQLResolveInfo;
}

/**
 * Who may see a field:
 *
 * - `true`: everybody; `false`: nobody
 * - a text: the permission function of that name; if there is none, who has that role or that permission
 * - a function: whoever it says `true` for
 * - a list: whoever one of its rules lets pass
 * - `{ allOf }`: whoever all of its rules let pass
 * - `{ check, once }`: a function that is asked once an operation, or once for each parent, whatever the arguments
 * - `{ many }`: a function that is asked once for all objects of a list
 */
export type AuthRule<Context = unknown> =
  | boolean
  | string
  | AuthCheck<Context>
  | readonly AuthRule<Context>[]
  | { readonly allOf: readonly AuthRule<Context>[] }
  | { readonly check: AuthCheck<Context>; readonly once: 'operation' | 'parent' }
  | { readonly many: ManyCheck<Context> };

/** A rule in a few words, for reports. */
export function ruleText(rule: AuthRule): string {
  if (typeof rule === 'string') return rule;
  if (typeof rule === 'boolean') return rule ? 'everybody' : 'nobody';
  if (typeof rule === 'function') return rule.name || 'a function';
  if (isList(rule)) return rule.map(ruleText).join(' or ');
  if ('allOf' in rule) return rule.allOf.map(ruleText).join(' and ');
  const { name } = 'check' in rule ? rule.check : rule.many;
  return name || 'a function';
}

/** True for a list of rules, whose type the language does not tell from others by itself. */
export const isList = (rule: AuthRule): rule is readonly AuthRule[] => Array.isArray(rule);
