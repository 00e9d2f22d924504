/** What is wrong with an input, field by field, as it may be told to whoever sent it. */
import type { FieldError } from './errors.ts';
import { publicText } from './safe-text.ts';

interface Fault {
  readonly field?: unknown;
  readonly message?: unknown;
}

/** All that an error says is wrong, fields and messages only; at least its own message. It may come from another copy of the package. */
export function fieldErrorsOf(error: Error): readonly FieldError[] {
  const { details } = error as { readonly details?: unknown };
  const faults: readonly unknown[] = Array.isArray(details) ? details : [error];
  return faults.map((fault) => {
    const { field, message } = Object(fault) as Fault;
    return {
      ...(typeof field === 'string' && field !== '' && { field }),
      message: typeof message === 'string' ? publicText(message) : 'Invalid.',
    };
  });
}
