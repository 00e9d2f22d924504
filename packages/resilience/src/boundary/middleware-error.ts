/** MiddlewareError: an error that says what it knows, and what could help, in a text that hides secrets. */
import { CodedError } from '@interpose/kernel';
import { isSecret, REDACTED, redactedText } from '@interpose/kernel/redact';
import { safeText } from './safe-text.ts';

/** What an error knows of its circumstances, by name. */
export type ErrorMetadata = Readonly<Record<string, unknown>>;

/** An error that is thrown again and again must not collect more than these. */
const MOST_NOTES = 50;

/**
 * Something went wrong in a middleware. What is known of it is not among the fields that a log writes down by itself; `toString()`
 * and `toJSON()` show it with secrets hidden.
 *
 * @example
 * throw new MiddlewareError('No tenant.', { host }).addSuggestion('Put `tenant()` further out.').addDebugInfo('path', ctx.path);
 */
export class MiddlewareError extends CodedError {
  static override readonly code: string = 'MIDDLEWARE';
  readonly #metadata: ErrorMetadata;
  readonly #suggestions: string[] = [];
  readonly #related: unknown[] = [];
  readonly #debugInfo = new Map<string, unknown>();

  constructor(message: string, metadata: ErrorMetadata = {}, options?: ErrorOptions) {
    super(message, options);
    this.#metadata = { ...metadata };
  }

  /** What it knows of its circumstances, with nothing hidden. */
  get metadata(): ErrorMetadata {
    return this.#metadata;
  }

  /** What could help. */
  get suggestions(): readonly string[] {
    return this.#suggestions;
  }

  /** Other errors that have to do with it. */
  get relatedErrors(): readonly unknown[] {
    return this.#related;
  }

  /** What helps to find the fault, with nothing hidden. */
  get debugInfo(): ReadonlyMap<string, unknown> {
    return this.#debugInfo;
  }

  /** Says what could help. */
  addSuggestion(suggestion: string): this {
    if (this.#suggestions.length < MOST_NOTES) this.#suggestions.push(suggestion);
    return this;
  }

  /** Names another error that has to do with it. */
  addRelatedError(error: unknown): this {
    if (this.#related.length < MOST_NOTES) this.#related.push(error);
    return this;
  }

  /** Adds what helps to find the fault. */
  addDebugInfo(name: string, value: unknown): this {
    if (this.#debugInfo.size < MOST_NOTES || this.#debugInfo.has(name)) {
      this.#debugInfo.set(name, value);
    }
    return this;
  }

  /** The message, and all that is known, in sections. Secrets are hidden. */
  override toString(): string {
    return [
      `${this.name}: ${safeText(this.message)}`,
      ...section('Error Context:', shown(this.shownMetadata())),
      ...section('Debug Information:', shown(Object.fromEntries(this.#debugInfo))),
      ...section('Did you mean?', this.#suggestions.map(dashed)),
      ...section('Related Errors:', this.#related.map(briefly).map(dashed)),
    ].join('\n');
  }

  /** The same as plain data. */
  toJSON(): object {
    return {
      name: this.name,
      code: this.code,
      message: safeText(this.message),
      metadata: hidden(this.shownMetadata()),
      debugInfo: hidden(Object.fromEntries(this.#debugInfo)),
      suggestions: this.#suggestions.map(safeText),
      relatedErrors: this.#related.map(briefly),
    };
  }

  /** The metadata that may be shown once secrets are hidden by their names. */
  protected shownMetadata(): ErrorMetadata {
    return this.#metadata;
  }
}

/** An error in one line. */
export function briefly(error: unknown): string {
  if (!(error instanceof Error)) return redactedText(error);
  const line = safeText(error.message).replaceAll(/\s*\n\s*/g, ' ');
  return `${error.name}: ${line}`;
}

/** The name of a key is no key. */
const hidden = (values: ErrorMetadata): Record<string, string> =>
  Object.fromEntries(
    Object.entries(values).map(([name, value]) => [
      name,
      isSecret(name) && name !== 'contextKey' ? REDACTED : redactedText(value),
    ]),
  );

const shown = (values: ErrorMetadata): string[] =>
  Object.entries(hidden(values)).map(([name, text]) => `  ${name}: ${text}`);

const dashed = (text: string): string => `  - ${safeText(text)}`;

const section = (title: string, lines: readonly string[]): string[] =>
  lines.length > 0 ? ['', title, ...lines] : [];
