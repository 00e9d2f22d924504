/** CodedError, the root of every error of the product, and what a middleware can do wrong. */

/** The constructor of an error that has a code of its own. */
type CodedClass<E> = (abstract new (...args: never[]) => E) & { readonly code: string };

/** An error that programs tell apart by `code`; the message is for people. */
export class CodedError extends Error {
  /** The code that every instance of the class carries. */
  static readonly code: string = 'CODED';
  /** Stable across releases, unlike the message. */
  readonly code: string;

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = new.target.code;
    this.name = new.target.name;
  }

  /** True for an error with this class's code, also when it comes from another copy of the package. */
  static is<E>(this: CodedClass<E>, error: unknown): error is E {
    return error instanceof Error && (error as { code?: unknown }).code === this.code;
  }
}

/** A middleware broke a rule of the onion. Says which one, and what to do. */
export class ConductError extends CodedError {
  static override readonly code: string = 'CONDUCT';
  /** What every such error says behind the name of the middleware. */
  protected static readonly fault: string;
  /** The name of the middleware at fault. */
  readonly middleware: string;

  constructor(middleware: string) {
    super(`Middleware "${middleware}" ${new.target.fault}`);
    this.middleware = middleware;
  }
}

/** `next` was called again by a middleware that has not declared that it repeats. */
export class DoubleNextError extends ConductError {
  static override readonly code: string = 'DOUBLE_NEXT';
  protected static override readonly fault: string =
    'called next() twice; declare it with repeats()';
}

/** A middleware answered while the rest was still running, or ran the rest after it had answered. */
export class EarlyReturnError extends ConductError {
  static override readonly code: string = 'EARLY_RETURN';
  protected static override readonly fault: string = 'answered before its next(); await it';
}

/** A middleware returned `undefined` and had not called `next`. */
export class NoAnswerError extends ConductError {
  static override readonly code: string = 'NO_ANSWER';
  protected static override readonly fault: string =
    'neither answered nor called next(); return either';
}

/** A middleware got a result from `next` and returned `undefined`. */
export class LostResultError extends ConductError {
  static override readonly code: string = 'LOST_RESULT';
  protected static override readonly fault: string = 'lost the result of its next(); return it';
}

/** `branch` was given a name that is none of its cases. */
export class UnknownBranchError extends CodedError {
  static override readonly code: string = 'UNKNOWN_BRANCH';

  constructor(key: string, cases: readonly string[]) {
    super(`No branch "${key}"; there are: ${cases.join(', ')}.`);
  }
}

/** Two middleware want to stand where they cannot both stand, or one asks for something that is not there. */
export class OrderError extends CodedError {
  static override readonly code: string = 'ORDER';
}

/** A pipeline was asked for a middleware by a name that it does not have. */
export class UnknownMiddlewareError extends CodedError {
  static override readonly code: string = 'UNKNOWN_MIDDLEWARE';
}

/** A pipeline that is called synchronously gave a promise. */
export class UnexpectedPromiseError extends CodedError {
  static override readonly code: string = 'UNEXPECTED_PROMISE';

  constructor() {
    super('handleSync() got a promise; use handle() and await it.');
  }
}

/** A context was asked for a key that it does not have. */
export class MissingKeyError extends CodedError {
  static override readonly code: string = 'MISSING_KEY';
  /** The key that was asked for. */
  readonly key: string;

  constructor(key: string, known: readonly string[]) {
    super(`The context has no "${key}". It has: ${known.join(', ') || 'nothing'}.`);
    this.key = key;
  }
}
