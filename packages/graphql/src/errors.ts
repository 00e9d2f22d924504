/** What can be wrong when middleware is put round the fields of a schema. */
import { CodedError } from '@interpose/kernel';

/** A selector names a type, a field, a directive or an extension that the schema does not have. */
export class UnknownFieldError extends CodedError {
  static override readonly code: string = 'UNKNOWN_FIELD';
}

/** The middleware runs round the field already. */
export class AlreadyAppliedError extends CodedError {
  static override readonly code: string = 'ALREADY_APPLIED';
  /** The field, as in `User.email`. */
  readonly coordinate: string;

  constructor(middleware: string, coordinate: string) {
    super(
      `Middleware "${middleware}" runs round ${coordinate} already; apply all middleware at once, to the schema as it was made.`,
    );
    this.coordinate = coordinate;
  }
}
