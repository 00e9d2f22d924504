/** What is wrong with an input, field by field, of errors of every kind that know it. */
import { type FieldError, ValidationError } from './errors.ts';
import { publicText } from './safe-text.ts';

interface Fault {
  readonly path?: unknown;
  readonly field?: unknown;
  readonly message?: unknown;
}

/** All that an error says is wrong, fields and messages only; at least its own message. */
export function fieldErrorsOf(error: Error): readonly FieldError[] {
  const { details } = error as { readonly details?: unknown };
  const faults: readonly Fault[] =
    error instanceof ValidationError ? error.errors() : Array.isArray(details) ? details : [error];
  return faults.map(({ field, path, message }) => {
    const where = field ?? path;
    return {
      ...(typeof where === 'string' && where !== '' && { field: where }),
      message: publicText(String(message)),
    };
  });
}
