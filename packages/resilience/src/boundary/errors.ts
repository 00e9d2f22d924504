/** Errors by what is at fault: the set-up, the pipeline, the context, the input, a rule, the database. */
import { isSecret, REDACTED } from '@interpose/kernel/redact';
import { type ErrorMetadata, MiddlewareError } from './middleware-error.ts';

/** The set-up is wrong. */
export class ConfigurationError extends MiddlewareError {
  static override readonly code: string = 'CONFIGURATION';
  /** The field that is wrong. */
  readonly configurationField: string | undefined;

  constructor(
    message: string,
    { field, ...more }: ErrorMetadata & { readonly field?: string } = {},
    options?: ErrorOptions,
  ) {
    super(message, { ...(field !== undefined && { configurationField: field }), ...more }, options);
    this.configurationField = field;
  }
}

/** Middleware do not fit together. */
export class ChainError extends MiddlewareError {
  static override readonly code: string = 'CHAIN';
  /** Where in the pipeline, from 0 for the outermost. */
  readonly chainPosition: number | undefined;

  constructor(
    message: string,
    { position, ...more }: ErrorMetadata & { readonly position?: number } = {},
    options?: ErrorOptions,
  ) {
    super(
      message,
      { ...(position !== undefined && { chainPosition: position }), ...more },
      options,
    );
    this.chainPosition = position;
  }
}

/** Something on the context is missing or wrong. */
export class ContextError extends MiddlewareError {
  static override readonly code: string = 'CONTEXT';
  /** The key in question. */
  readonly contextKey: string | undefined;

  constructor(
    message: string,
    { key, ...more }: ErrorMetadata & { readonly key?: string } = {},
    options?: ErrorOptions,
  ) {
    super(message, { ...(key !== undefined && { contextKey: key }), ...more }, options);
    this.contextKey = key;
  }
}

/** One thing that is wrong with an input. It never has the value: that may be secret, and the caller has it. */
export interface FieldError {
  /** Which field; `address.zip` and `items.0` for those further in. */
  readonly field?: string;
  /** What is wrong, for the caller to read. */
  readonly message: string;
}

/** What a `ValidationError` knows. */
export type ValidationFacts = ErrorMetadata & {
  /** The field that is wrong. */
  readonly field?: string;
  /** What was in it. */
  readonly value?: unknown;
  /** All that is wrong; the first hundred are kept. @default the message, of `field` */
  readonly errors?: readonly FieldError[];
};

/** An input that is wrong in a thousand places is not told all of them. */
const MOST_ERRORS = 100;

/** The input is wrong. Its message, and its `errors()`, are for the caller. In HTTP a 422. */
export class ValidationError extends MiddlewareError {
  static override readonly code: string = 'VALIDATION';
  /** The field that is wrong. */
  readonly validationField: string | undefined;
  readonly #errors: readonly FieldError[];

  constructor(
    message: string,
    { field, value, errors, ...more }: ValidationFacts = {},
    options?: ErrorOptions,
  ) {
    const known = {
      ...(field !== undefined && { validationField: field }),
      ...(value !== undefined && { invalidValue: value }),
    };
    super(message, { ...known, ...more }, options);
    this.validationField = field;
    this.#errors = errors?.slice(0, MOST_ERRORS) ?? [
      { ...(field !== undefined && { field }), message },
    ];
  }

  /** What was in the field, with nothing hidden. */
  get invalidValue(): unknown {
    return this.metadata['invalidValue'];
  }

  /** All that is wrong, without the values. */
  errors(): readonly FieldError[] {
    return this.#errors;
  }

  /** The same as `errors()`, for those who look for it under this name. */
  get details(): readonly FieldError[] {
    return this.errors();
  }

  /** A password is not called one among metadata, but in the name of its field. */
  protected override shownMetadata(): ErrorMetadata {
    const { validationField, metadata } = this;
    if (validationField === undefined || !isSecret(validationField)) return metadata;
    return 'invalidValue' in metadata ? { ...metadata, invalidValue: REDACTED } : metadata;
  }
}

/** The input is right, but what it asks for is not allowed. Its message is for the caller. */
export class BusinessRuleError extends MiddlewareError {
  static override readonly code: string = 'BUSINESS_RULE';
}

/** The database did not do what it should. Its message is for the operator. */
export class DatabaseError extends MiddlewareError {
  static override readonly code: string = 'DATABASE';
}
