/** What can go wrong on the wire: messages that are refused, connections that cannot be had or are lost. */
import { type RuleCode, RULES } from './rules.ts';

/** An error that programs tell apart by `code`; the message is for people. */
export class WireError extends Error {
  /** The code that every instance of the class carries. */
  static readonly code: string = 'WIRE';
  /** Stable across releases, unlike the message. */
  readonly code: string;

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = new.target.code;
    this.name = new.target.name;
  }

  /** True for an error with this class's code, also when it comes from another copy of the package. */
  static is<E>(
    this: (abstract new (...args: never[]) => E) & { readonly code: string },
    error: unknown,
  ): error is E {
    return error instanceof Error && (error as { code?: unknown }).code === this.code;
  }
}

/** A message breaks a rule of HTTP or goes beyond a limit. Its code is the code of the rule. */
export class RefusedMessageError extends WireError {
  static override readonly code: string = 'REFUSED_MESSAGE';
  override readonly code: RuleCode;
  /** The status that answers a request that is refused for it. */
  readonly status: number;
  /** Marks it, also when it comes from another copy of the package. */
  readonly refuses = 'message' as const;

  /** True for any refused message, whatever the rule. */
  static override is<E>(
    this: (abstract new (...args: never[]) => E) & { readonly code: string },
    error: unknown,
  ): error is E {
    return error instanceof Error && (error as { refuses?: unknown }).refuses === 'message';
  }

  constructor(code: RuleCode) {
    super(RULES[code].says);
    this.code = code;
    this.status = RULES[code].status;
  }
}

const WANTED: Readonly<Record<string, string>> = {
  name: 'a token',
  method: 'a token, and not CONNECT',
  target: 'a path, or `*`',
  host: 'one host',
};

/** A header that would break the message, or smuggle in another. */
export class InvalidHeaderError extends WireError {
  static override readonly code: string = 'INVALID_HEADER';

  constructor(what: string, got: unknown) {
    const wanted = WANTED[what] ?? 'a text without control characters';
    super(`Expected the ${what} to be ${wanted}, got ${JSON.stringify(String(got).slice(0, 60))}.`);
  }
}

/** A server could not have the address that it was told to listen on. */
export class ListenFailedError extends WireError {
  static override readonly code: string = 'LISTEN_FAILED';
}

/** A body was asked for twice; it comes only once. */
export class BodyUsedError extends WireError {
  static override readonly code: string = 'BODY_USED';

  constructor() {
    super('The body has been read already');
  }
}

/** The client left before its answer was complete. */
export class ClientLeftError extends WireError {
  static override readonly code: string = 'CLIENT_LEFT';

  constructor() {
    super('The client left before the answer was complete');
  }
}

/** An answer was given in an order that makes no sense: a second head, bytes after the end. */
export class AnswerOrderError extends WireError {
  static override readonly code: string = 'ANSWER_ORDER';
}

/** The bytes of a body are more or fewer than its head had promised. */
export class BodyLengthError extends WireError {
  static override readonly code: string = 'BODY_LENGTH';

  constructor(promised: number, got: string) {
    super(`Expected a body of ${promised} bytes as its head says, got ${got}.`);
  }
}

/** A request could not be carried out. */
export class RequestFailedError extends WireError {
  static override readonly code: string = 'REQUEST_FAILED';
  /**
   * True if nothing of the request can have reached the other end, and nothing of its body has been read, so that it may be sent again
   * whatever it is.
   */
  readonly nothingSent: boolean;

  /** True for every failure of a request, whatever its kind. */
  static override is<E>(
    this: (abstract new (...args: never[]) => E) & { readonly code: string },
    error: unknown,
  ): error is E {
    if (!(error instanceof Error) || !('nothingSent' in error)) return false;
    return (
      this.code === RequestFailedError.code || (error as { code?: unknown }).code === this.code
    );
  }

  constructor(message: string, options?: ErrorOptions & { readonly nothingSent?: boolean }) {
    super(message, options);
    this.nothingSent = options?.nothingSent ?? false;
  }
}

/** No connection could be had: refused, unreachable, no such host, or TLS failed. The `cause` says which. */
export class ConnectFailedError extends RequestFailedError {
  static override readonly code: string = 'CONNECT_FAILED';
}

/** A connection, TLS included, took too long. */
export class ConnectTimeoutError extends RequestFailedError {
  static override readonly code: string = 'CONNECT_TIMEOUT';
}

/** The connection was lost before the answer was whole. */
export class ConnectionLostError extends RequestFailedError {
  static override readonly code: string = 'CONNECTION_LOST';
  /** True if the connection had carried other requests before: perhaps the other end closed it just as it was used. */
  readonly wasReused: boolean;

  constructor(
    message: string,
    options?: ErrorOptions & { readonly nothingSent?: boolean; readonly wasReused?: boolean },
  ) {
    super(message, options);
    this.wasReused = options?.wasReused ?? false;
  }
}

/** The answer did not begin in time. */
export class FirstByteTimeoutError extends RequestFailedError {
  static override readonly code: string = 'FIRST_BYTE_TIMEOUT';
}

/** The other end stopped in the middle of a body, its own or ours. */
export class BodyIdleTimeoutError extends RequestFailedError {
  static override readonly code: string = 'BODY_IDLE_TIMEOUT';
}

/** The answer breaks a rule of HTTP; the `cause` says which. */
export class BadAnswerError extends RequestFailedError {
  static override readonly code: string = 'BAD_ANSWER';
}

/** All connections are in use and too many requests wait already. */
export class PoolFullError extends RequestFailedError {
  static override readonly code: string = 'POOL_FULL';
}

/** All connections stayed in use for as long as a request waits for one. */
export class PoolTimeoutError extends RequestFailedError {
  static override readonly code: string = 'POOL_TIMEOUT';
}

/** The pool is closed. */
export class PoolClosedError extends RequestFailedError {
  static override readonly code: string = 'POOL_CLOSED';
}

/** The body of a request could not be read to its end; the `cause` says why. */
export class RequestBodyError extends RequestFailedError {
  static override readonly code: string = 'REQUEST_BODY';
}
