/** apolloOptions: middleware for fields and limits for operations as options of Apollo Server. */
import { unexpected } from '@interpose/kernel/options';
import {
  type GraphQLError,
  type GraphQLFormattedError,
  type GraphQLSchema,
  isSchema,
  validate,
} from 'graphql';
import type { Operation } from '../limits/operation.ts';
import { checkedParts, type ServerParts } from './server-parts.ts';

/** The schema, and what is put round it. */
export interface ApolloParts extends ServerParts {
  readonly schema: GraphQLSchema;
}

/** What Apollo Server tells a plugin when it knows which operation is meant. */
export interface ApolloRequest {
  readonly schema: GraphQLSchema;
  readonly document: Operation['document'];
  readonly operationName: string | null;
  readonly request: { readonly variables?: Readonly<Record<string, unknown>> };
  readonly contextValue: unknown;
  readonly response: { readonly http: { status?: number } };
}

/** Options of Apollo Server: to be spread among the others. */
export interface ApolloOptions {
  readonly schema: GraphQLSchema;
  plugins: { requestDidStart(): Promise<ApolloListener> }[];
  formatError(formatted: GraphQLFormattedError, error: unknown): GraphQLFormattedError;
}

/** What is told of one request. */
export interface ApolloListener {
  didResolveOperation(request: ApolloRequest): Promise<void>;
}

/**
 * Gives the schema with middleware round its fields, and a plugin that asks all limits before execution: Apollo Server would put a code of
 * its own on errors of validation rules. It reports one error of a plugin, so of several refusals the first is told.
 *
 * @throws TypeError for parts that are none
 * @example
 * const server = new ApolloServer({ ...apolloOptions({ schema, fields: fields().use(timing), limits: [depthLimit()] }) });
 */
export function apolloOptions(parts: ApolloParts): ApolloOptions {
  const { validationRules, check } = checkedParts('apolloOptions()', parts, ['schema']);
  const { schema, fields, errors: mask } = parts;
  if (!isSchema(schema)) throw unexpected('schema', 'a GraphQLSchema', schema);
  // Apollo Server keeps documents that are asked for again.
  const known = new WeakMap<Operation['document'], readonly GraphQLError[]>();
  const validated = ({ schema: executed, document }: ApolloRequest): readonly GraphQLError[] => {
    if (validationRules.length === 0) return [];
    const errors = known.get(document) ?? validate(executed, document, validationRules);
    known.set(document, errors);
    return errors;
  };
  const listener: ApolloListener = {
    didResolveOperation(request) {
      const [error] = [
        ...validated(request),
        ...check({ ...request, variableValues: request.request.variables }),
      ];
      if (!error) return Promise.resolve();
      request.response.http.status = 400;
      return Promise.reject(error);
    },
  };
  return {
    schema: fields?.apply(schema) ?? schema,
    plugins: [{ requestDidStart: () => Promise.resolve(listener) }],
    formatError: (formatted, error) => mask?.error(error).toJSON() ?? formatted,
  };
}
