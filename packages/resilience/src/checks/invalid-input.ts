/** invalidInput: one error for all that is wrong with an input. */
import { type FieldError, ValidationError } from '../boundary/errors.ts';

/** The first thing that is wrong stands in the message, with how many more there are. */
export function invalidInput(faults: readonly FieldError[]): ValidationError {
  const [first] = faults;
  if (!first) return new ValidationError('Invalid input.');
  const { field, message } = first;
  const where = field === undefined ? '' : ` at ${field}`;
  const more = faults.length > 1 ? ` (and ${faults.length - 1} more)` : '';
  return new ValidationError(`Invalid input${where}: ${message}${more}`, {
    ...(field !== undefined && { field }),
    errors: faults,
  });
}
