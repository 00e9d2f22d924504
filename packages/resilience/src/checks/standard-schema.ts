/** Standard Schema v1: what a schema of any library must have for its values to be checked here (https://standardschema.dev). */
import type { Awaitable } from '@interpose/kernel';
import { unexpected } from '@interpose/kernel/options';
import type { FieldError } from '../boundary/errors.ts';

/** A schema of any library that keeps to the standard. */
export interface StandardSchema<Input = unknown, Output = Input> {
  readonly '~standard': {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (value: unknown) => Awaitable<SchemaResult<Output>>;
    /** Only for the compiler; there is nothing at run time. */
    readonly types?: { readonly input: Input; readonly output: Output } | undefined;
  };
}

/** What a schema says of a value: its own form of it, or what is wrong. */
export type SchemaResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly SchemaIssue[] };

/** One thing that is wrong. */
export interface SchemaIssue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

/** The type of what comes out of a schema. */
export type SchemaOutput<S extends StandardSchema> = NonNullable<S['~standard']['types']>['output'];

/**
 * Checks that something is a schema.
 *
 * @throws TypeError if it is none, or of another version
 */
export function checkSchema(schema: StandardSchema): void {
  // A schema may be a function.
  const standard = (schema as Partial<StandardSchema> | null | undefined)?.['~standard'];
  if (typeof standard?.validate !== 'function' || standard.version !== 1) {
    throw unexpected('schema', 'a schema by Standard Schema v1', schema);
  }
}

/** An issue as a fault of the input. */
export function faultOf({ message, path = [] }: SchemaIssue): FieldError {
  const names = path.map((part) => String(typeof part === 'object' ? part.key : part));
  const field = names.join('.');
  return { ...(field !== '' && { field }), message };
}
