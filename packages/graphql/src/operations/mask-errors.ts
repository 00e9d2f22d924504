/** maskErrors: what went wrong inside is told to those who look after the server, and to nobody else. */
import type { GraphQLError } from 'graphql';
import { checkNames, unexpected } from '@interpose/kernel/options';
import { redactedText } from '@interpose/kernel/redact';
import { unharmed } from '@interpose/kernel/unharmed';
import { codeOf, graphqlError, originOf, pathOf, toldOf } from './error-origin.ts';
import { maskedResult } from './masked-result.ts';

/** An error that clients do not get to see. */
export interface MaskedError {
  /** What was thrown, as it was thrown. */
  readonly error: unknown;
  /** What the client was told in its place, so that it can be found again. */
  readonly errorId: string;
  /** The field at which it was thrown, as in `users.0.name`. */
  readonly path: string | undefined;
}

/** Options of `maskErrors`. */
export interface MaskErrorsOptions {
  /** Told of each error that is masked; what it throws is ignored. @default writes it to the console, without secrets and stack */
  readonly onError?: (masked: MaskedError) => void;
  /** Whether an error that is no `GraphQLError` was thrown for the client: then its message and its `code` are told, and nothing else of it. @default none is */
  readonly isExpected?: (error: unknown) => boolean;
  /** What is told of all others. @default 'Internal server error' */
  readonly message?: string;
  /** @default 'INTERNAL_SERVER_ERROR' */
  readonly code?: string;
  /** Leaves out the names that validation suggests, for a schema that is nobody's business. @default false */
  readonly hideSuggestions?: boolean;
  /** Makes the id of an error. @default a random UUID */
  readonly newId?: () => string;
}

/** Masks results, and single errors. */
export interface ErrorMask {
  /** The result with all its errors masked; of an async iterable, those of each of its results and what it throws itself. */
  <Result>(result: Result): Result;
  /** One error as the client may see it. */
  error(error: unknown): GraphQLError;
}

/**
 * Masks errors that were not thrown for clients. A `GraphQLError` that was thrown on purpose passes, without what its extensions hold of
 * stacks and causes; all others become one message, a code and an id.
 *
 * @throws TypeError for options that are none
 * @example
 * const mask = maskErrors({ onError: ({ error, errorId }) => logger.error({ error, errorId }) });
 * const result = mask(await execute({ schema, document }));
 */
export function maskErrors(options: MaskErrorsOptions = {}): ErrorMask {
  const { message, code, hideSuggestions, newId, onError, isExpected } = checked(options);

  const error = (given: unknown): GraphQLError => {
    const origin = originOf(given);
    if (origin === undefined) return toldOf(given as GraphQLError, hideSuggestions);
    if (isSaid(() => isExpected(origin))) {
      const said = { message: origin instanceof Error ? origin.message : String(origin) };
      return graphqlError(given, { ...said, extensions: codeOf(origin) });
    }
    const errorId = idFrom(newId);
    const masked = { error: origin, errorId, path: pathOf(given) };
    unharmed(() => onError(masked));
    return graphqlError(given, { message, extensions: { code, errorId } });
  };
  return Object.assign(<Result>(result: Result) => maskedResult(result, error), { error });
}

const OPTIONS = ['onError', 'isExpected', 'message', 'code', 'hideSuggestions', 'newId'];

function checked(options: MaskErrorsOptions): Required<MaskErrorsOptions> {
  checkNames('maskErrors()', options, OPTIONS);
  const { message = 'Internal server error', code = 'INTERNAL_SERVER_ERROR' } = options;
  const { hideSuggestions = false, newId = () => crypto.randomUUID() } = options;
  const { onError = report, isExpected = () => false } = options;
  for (const [name, value] of Object.entries({ message, code })) {
    if (typeof value !== 'string') throw unexpected(name, 'a text', value);
  }
  for (const [name, value] of Object.entries({ newId, onError, isExpected })) {
    if (typeof value !== 'function') throw unexpected(name, 'a function', value);
  }
  if (typeof hideSuggestions !== 'boolean') {
    throw unexpected('hideSuggestions', 'true or false', hideSuggestions);
  }
  return { message, code, hideSuggestions, newId, onError, isExpected };
}

/** Where masked errors go when nobody asks for them. */
function report({ error, errorId, path }: MaskedError): void {
  // oxlint-disable-next-line no-console -- the last resort: otherwise nobody would ever see it
  console.error(
    `Error ${errorId} of an operation${path ? ` at ${path}` : ''}:`,
    redactedText(error),
  );
}

function isSaid(ask: () => unknown): boolean {
  try {
    return ask() === true;
  } catch {
    return false;
  }
}

function idFrom(newId: () => unknown): string {
  try {
    const id = newId();
    return typeof id === 'string' ? id : 'unknown';
  } catch {
    return 'unknown';
  }
}
