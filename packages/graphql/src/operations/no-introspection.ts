/** noIntrospection: nobody learns the schema from the server, but those who may. */
import {
  BREAK,
  type DocumentNode,
  type FieldNode,
  GraphQLError,
  type ValidationContext,
  visit,
} from 'graphql';
import { checkNames, unexpected } from '@interpose/kernel/options';
import type { Operation, OperationLimit } from '../limits/operation.ts';
import { isIntrospection } from '../limits/selections.ts';

/** Options of `noIntrospection`. */
export interface NoIntrospectionOptions {
  /**
   * Who may ask for the schema, by the context of the operation: only `true` lets them. A validation rule does not know the context, so it
   * refuses everybody; servers ask `check`.
   *
   * @default nobody
   */
  readonly allow?: (context: unknown) => boolean;
}

/**
 * Refuses documents that ask for `__schema` or `__type`, wherever and under whatever alias. `__typename` stays.
 *
 * @throws TypeError for options that are none
 * @example
 * const limits = [noIntrospection({ allow: (context) => (context as AppContext).user?.isAdmin === true })];
 */
export function noIntrospection(options: NoIntrospectionOptions = {}): OperationLimit {
  checkNames('noIntrospection()', options, ['allow']);
  const { allow } = options;
  if (allow !== undefined && typeof allow !== 'function') {
    throw unexpected('allow', 'a function', allow);
  }
  const rule = function noIntrospection(context: ValidationContext) {
    for (const error of refusals(context.getDocument())) context.reportError(error);
    return {};
  };
  if (!allow) return rule;
  return Object.assign(rule, {
    check: ({ document, contextValue }: Operation): readonly GraphQLError[] => {
      const errors = refusals(document);
      return errors.length > 0 && isTrue(() => allow(contextValue)) ? [] : errors;
    },
  });
}

/** A question that throws, or gives a promise, is not answered with yes. */
function isTrue(ask: () => unknown): boolean {
  try {
    return ask() === true;
  } catch {
    return false;
  }
}

function refusals(document: DocumentNode): readonly GraphQLError[] {
  let first: FieldNode | undefined;
  visit(document, {
    Field(node) {
      if (!isIntrospection(node.name.value)) return undefined;
      first = node;
      return BREAK;
    },
  });
  if (!first) return [];
  const message = `The schema may not be asked for, and \`${first.name.value}\` asks for it.`;
  return [
    new GraphQLError(message, { nodes: [first], extensions: { code: 'INTROSPECTION_DISABLED' } }),
  ];
}
