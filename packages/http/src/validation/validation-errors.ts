/** What can come of validation: input that is not valid, an answer that is not, and a schema that fails itself. */
import { CodedError } from '@interpose/kernel';
import { HttpError } from '../errors.ts';

/** The parts of a request that a schema can check. */
export type InputPart = 'params' | 'query' | 'headers' | 'body';

/** One thing that is wrong with a request. */
export interface InputFault {
  /** The part that it is in. */
  readonly in: InputPart;
  /** Where in the part, as names and indices between dots; empty for all of it. */
  readonly path: string;
  readonly message: string;
}

/** How many of them an answer lists. */
export const MOST_FAULTS = 100;

/** A request is not valid: a 422 whose document lists what is wrong with it, without the values that it brought. */
export class ValidationFailedError extends HttpError {
  static override readonly code: string = 'VALIDATION_FAILED';
  readonly errors: readonly InputFault[];

  /** `count` says how many there are, where not all are given. */
  constructor(faults: readonly InputFault[], count: number = faults.length) {
    const errors = faults.slice(0, MOST_FAULTS);
    const more = count - errors.length;
    super(
      422,
      `What was sent is not valid${more > 0 ? `; ${more} more errors are not listed` : ''}`,
      {
        code: ValidationFailedError.code,
        members: { errors },
      },
    );
    this.errors = errors;
  }
}

/** A handler answered with something that the schema of the answer refuses. A 500; what is wrong is for `onError` alone. */
export class ResponseInvalidError extends CodedError {
  static override readonly code: string = 'RESPONSE_INVALID';
  readonly status: number;
  readonly errors: readonly Omit<InputFault, 'in'>[];

  /** `of` is the method and the path. */
  constructor(of: string, status: number, errors: readonly Omit<InputFault, 'in'>[]) {
    const list = errors.map(({ path, message }) => (path ? `${path}: ${message}` : message));
    super(`The ${status} of ${of} is not what its schema says: ${list.join('; ')}`);
    this.status = status;
    this.errors = errors;
  }
}

/** A schema threw, or answered with something that is no result. A 500. */
export class SchemaFailedError extends CodedError {
  static override readonly code: string = 'SCHEMA_FAILED';
  /** What the schema was to check. */
  readonly part: string;

  constructor(part: string, options?: ErrorOptions) {
    super(`The schema of the ${part} failed itself`, options);
    this.part = part;
  }
}
