/** Denial: what is given in the place of a field that may not be seen, and who is told. */
import { unexpected } from '@interpose/kernel/options';
import { unharmed } from '@interpose/kernel/unharmed';
import { GraphQLError, type GraphQLResolveInfo, isNonNullType } from 'graphql';
import type { FieldContext } from '../field-context.ts';
import type { FieldFacts } from '../field-facts.ts';
import { isSomebody } from './caller.ts';

/** What is given in the place of a field that may not be seen. */
export type Denied = 'null' | 'error' | 'hidden';

/** A field that was asked for and not given. */
export interface Denial {
  /** The field, as in `User.email`. */
  readonly coordinate: string;
  /** The rules of the field in words. */
  readonly rule: string;
  readonly user: unknown;
  readonly info: GraphQLResolveInfo;
}

/** What is given instead, and who is told. */
export interface DenialOptions {
  /** What is given instead of a field that may not be seen; where it may not be null it is always an error. @default 'error' */
  readonly denied?: Denied | ((field: FieldFacts) => Denied);
  /** Is told of each field that was not given. */
  readonly onDenied?: (denial: Denial) => unknown;
}

/** Gives what is given instead: nothing, or an error that it throws. */
export type Refuse = (ctx: FieldContext, user: unknown) => null;

/** What is done for whoever may not see a field. */
export function refusal(
  facts: FieldFacts,
  { rule, isStream }: { readonly rule: string; readonly isStream: boolean },
  options: DenialOptions,
): Refuse {
  const { denied = 'error', onDenied } = options;
  const { type, field, coordinate } = facts;
  const mode = typeof denied === 'function' ? checkDenied(denied(facts)) : denied;
  // There is no stream of nothing.
  const asNull = mode === 'null' && !isNonNullType(field.type) && !isStream;
  return ({ info }, user) => {
    if (onDenied) unharmed(() => onDenied({ coordinate, rule, user, info }));
    if (asNull) return null;
    if (mode === 'hidden') {
      // The words of a validation that does not know the field.
      throw new GraphQLError(`Cannot query field "${field.name}" on type "${type.name}".`, {
        extensions: { code: 'GRAPHQL_VALIDATION_FAILED' },
      });
    }
    throw isSomebody(user)
      ? new GraphQLError(`You are not allowed to use ${coordinate}.`, {
          extensions: { code: 'FORBIDDEN' },
        })
      : new GraphQLError(`Authentication is required to use ${coordinate}.`, {
          extensions: { code: 'UNAUTHENTICATED' },
        });
  };
}

/** Checks what is to be given instead. */
export function checkDenied(denied: unknown): Denied {
  if (denied === 'null' || denied === 'error' || denied === 'hidden') return denied;
  throw unexpected('denied', "'null', 'error' or 'hidden'", denied);
}
