/** What checks throw: who calls is not known, may not do this, or brings something of the wrong form. */
import { CodedError } from '@interpose/kernel';

/** Nobody knows who calls. In HTTP a 401. */
export class UnauthenticatedError extends CodedError {
  static override readonly code: string = 'UNAUTHENTICATED';

  constructor(message = 'Authentication is required.', options?: ErrorOptions) {
    super(message, options);
  }
}

/** It is known who calls, and they may not do this. In HTTP a 403. */
export class ForbiddenError extends CodedError {
  static override readonly code: string = 'FORBIDDEN';
  /** The roles or permissions that were asked for. */
  readonly needed: readonly string[];

  constructor(needed: readonly string[] = [], options?: ErrorOptions) {
    super('You are not allowed to do this.', options);
    this.needed = needed;
  }
}

/** One thing that is wrong with an input. */
export interface InputFault {
  /** Where: names and indexes with dots between; empty for the input itself. */
  readonly path: string;
  readonly message: string;
}

/** An input that is wrong in a hundred places is not told all of them. */
const MOST_DETAILS = 100;

/** What came is not of the form that was asked for. In HTTP a 400. */
export class InvalidInputError extends CodedError {
  static override readonly code: string = 'INVALID_INPUT';
  /** What is wrong, as far as the first hundred. */
  readonly details: readonly InputFault[];

  constructor(details: readonly InputFault[], options?: ErrorOptions) {
    const [first] = details;
    const where = first?.path ? ` at ${first.path}` : '';
    const more = details.length > 1 ? ` (and ${details.length - 1} more)` : '';
    super(first ? `Invalid input${where}: ${first.message}${more}` : 'Invalid input.', options);
    this.details = details.slice(0, MOST_DETAILS);
  }

  /** What is wrong at each place, by its path. */
  errors(): Readonly<Record<string, readonly string[]>> {
    const byPath = new Map<string, string[]>();
    for (const { path, message } of this.details) {
      const messages = byPath.get(path);
      if (messages) messages.push(message);
      else byPath.set(path, [message]);
    }
    return Object.fromEntries(byPath);
  }
}
