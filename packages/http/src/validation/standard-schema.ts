/** Standard Schema 1.1: what a schema of any library has, so that it can check values and describe them here. */
import type { SchemaOutput, SchemaResult, StandardSchema } from '@interpose/resilience/checks';

/** A value as JSON Schema. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** Says what a schema takes, and what it gives, as JSON Schema. Throws where that cannot be said. */
export interface JsonSchemaConverter {
  readonly input: (options: { readonly target: string }) => Record<string, unknown>;
  readonly output: (options: { readonly target: string }) => Record<string, unknown>;
}

/** A schema of any library that keeps to the standard. */
export interface StandardSchemaV1<Input = unknown, Output = Input> {
  readonly '~standard': StandardSchema<Input, Output>['~standard'] & {
    /** Since 1.1, and not with every library. */
    readonly jsonSchema?: JsonSchemaConverter | undefined;
  };
}

/** The type of what a schema gives. */
export type OutputOf<Schema extends StandardSchemaV1> = SchemaOutput<Schema>;

/** What a schema says of a value. */
export type SchemaAnswer = SchemaResult<unknown>;

/** True for a schema, of whatever library; schemas may be functions. */
export function isSchema(value: unknown): value is StandardSchemaV1 {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return false;
  const standard = (value as Partial<StandardSchemaV1>)['~standard'];
  return typeof standard?.validate === 'function' && standard.version === 1;
}
