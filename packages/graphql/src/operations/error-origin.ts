/** Where an error of GraphQL comes from: thrown for the client, or something that went wrong inside. */
import { GraphQLError } from 'graphql';

/** Whether it is an error of GraphQL, also of another copy of graphql-js. */
export function isGraphQLError(error: unknown): error is GraphQLError {
  return error instanceof GraphQLError || (error instanceof Error && error.name === 'GraphQLError');
}

/** What was thrown at first, if that is not an error of GraphQL; `undefined` if the error was made for the client. */
export function originOf(error: unknown): unknown {
  const seen = new Set<unknown>();
  let origin = error;
  while (isGraphQLError(origin)) {
    const { originalError } = origin;
    if (originalError == null) return undefined;
    if (seen.has(originalError)) return originalError;
    seen.add(originalError);
    origin = originalError;
  }
  return origin ?? new Error(`${String(error)} was thrown`);
}

/** The field at which an error was thrown, if it was at one. */
export function pathOf(error: unknown): string | undefined {
  const path = isGraphQLError(error) ? error.path : undefined;
  return path ? path.join('.') : undefined;
}

/** What a new error says. */
interface Saying {
  readonly message: string;
  readonly extensions: Readonly<Record<string, unknown>>;
}

/** An error that says this, and points where another one points; nothing leads from it to the other. */
export function graphqlError(from: unknown, { message, extensions }: Saying): GraphQLError {
  if (!isGraphQLError(from)) return new GraphQLError(message, { extensions });
  const { nodes, source, positions, path } = from;
  return new GraphQLError(message, {
    nodes: nodes ?? null,
    source,
    positions,
    path,
    extensions,
  });
}

/** The extensions of an error that has a code. */
export function codeOf(error: unknown): Readonly<Record<string, unknown>> {
  const code: unknown = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? { code } : {};
}

const INTERNAL: ReadonlySet<string> = new Set([
  'cause',
  'exception',
  'originalError',
  'stack',
  'stacktrace',
]);

/** An error that was made for the client, without what is not. */
export function toldOf(error: GraphQLError, hideSuggestions: boolean): GraphQLError {
  // Only what validation says has no path; what a resolver says is meant.
  const isSuggesting = hideSuggestions && error.path === undefined;
  const message = isSuggesting ? error.message.replace(SUGGESTION, '') : error.message;
  const extensions = error.extensions ?? {};
  const told = Object.entries(extensions).filter(
    ([name, value]) => !INTERNAL.has(name) && !(value instanceof Error),
  );
  const isAll = told.length === Object.keys(extensions).length;
  // What is wrapped may be told by others further out, so only what stands alone passes as it is.
  if (isAll && message === error.message && error.originalError == null && error.cause == null) {
    return error;
  }
  return graphqlError(error, { message, extensions: Object.fromEntries(told) });
}

const SUGGESTION = / ?Did you mean .+$/s;
