/** What a request says of its operation: its text, its id, its hash. */
import { GraphQLError } from 'graphql';

/** The parameters of a request, as far as they say which operation is meant. */
export interface OperationParams {
  readonly query?: string | null | undefined;
  readonly extensions?: Readonly<Record<string, unknown>> | null | undefined;
  /** The id of a document, as "GraphQL over HTTP" has it. */
  readonly documentId?: string | null | undefined;
  /** The id of a document, as some clients have it. */
  readonly id?: string | null | undefined;
}

/** The text and the id that a request gave. */
export interface Asked {
  readonly query: string | undefined;
  readonly id: string | undefined;
}

/**
 * Reads the parameters of a request.
 *
 * @throws GraphQLError with the code `BAD_REQUEST` for what is neither a text nor an id
 */
export function readParams(params: OperationParams): Asked {
  const { query, documentId, id } = params;
  if (query != null && typeof query !== 'string') throw badRequest('The query is no text.');
  const asked = { query: query || undefined, id: hashIn(params) ?? textOf(documentId ?? id) };
  if (asked.query === undefined && asked.id === undefined) {
    throw badRequest('There is neither a query nor the id of one.');
  }
  return asked;
}

/** The hash in `extensions.persistedQuery`. */
function hashIn({ extensions }: OperationParams): string | undefined {
  if (typeof extensions !== 'object' || extensions === null) return undefined;
  const said = Object.hasOwn(extensions, 'persistedQuery')
    ? extensions['persistedQuery']
    : undefined;
  if (said == null) return undefined;
  const { version, sha256Hash } = said as { version?: unknown; sha256Hash?: unknown };
  if (version !== 1) throw badRequest('Unsupported persisted query version');
  if (typeof sha256Hash !== 'string') throw badRequest('The hash of the query is no text.');
  return sha256Hash;
}

function textOf(id: unknown): string | undefined {
  if (id == null || id === '') return undefined;
  if (typeof id !== 'string') throw badRequest('The id of the query is no text.');
  return id;
}

/** A request that makes no sense. */
export function badRequest(message: string): GraphQLError {
  return refused(message, 'BAD_REQUEST', 400);
}

/** An error with a code and the status of HTTP that servers answer it with. */
export function refused(message: string, code: string, status: number): GraphQLError {
  return new GraphQLError(message, { extensions: { code, http: { status } } });
}
