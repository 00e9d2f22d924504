/** What can go wrong with a request, and the status that each of it gets. */
import { CodedError } from '@interpose/kernel';
import { problemOf } from '@interpose/resilience/boundary';
import { RefusedMessageError } from '@interpose/wire';

/** The code of an answer that says no more than its status. */
const CODES: Readonly<Record<number, string>> = {
  400: 'BAD_REQUEST',
  401: 'UNAUTHORIZED',
  403: 'FORBIDDEN',
  404: 'NOT_FOUND',
  405: 'METHOD_NOT_ALLOWED',
  406: 'NOT_ACCEPTABLE',
  408: 'REQUEST_TIMEOUT',
  409: 'CONFLICT',
  413: 'CONTENT_TOO_LARGE',
  414: 'URI_TOO_LONG',
  415: 'UNSUPPORTED_MEDIA_TYPE',
  417: 'EXPECTATION_FAILED',
  422: 'UNPROCESSABLE_CONTENT',
  429: 'TOO_MANY_REQUESTS',
  431: 'HEADERS_TOO_LARGE',
  500: 'INTERNAL_ERROR',
  501: 'NOT_IMPLEMENTED',
  502: 'BAD_GATEWAY',
  503: 'UNAVAILABLE',
  504: 'GATEWAY_TIMEOUT',
  505: 'HTTP_VERSION_NOT_SUPPORTED',
};

const TITLES: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  406: 'Not Acceptable',
  408: 'Request Timeout',
  409: 'Conflict',
  413: 'Content Too Large',
  414: 'URI Too Long',
  415: 'Unsupported Media Type',
  417: 'Expectation Failed',
  422: 'Unprocessable Content',
  429: 'Too Many Requests',
  431: 'Request Header Fields Too Large',
  500: 'Internal Server Error',
  501: 'Not Implemented',
  502: 'Bad Gateway',
  503: 'Service Unavailable',
  504: 'Gateway Timeout',
  505: 'HTTP Version Not Supported',
};

/** More about an `HttpError`. */
export interface HttpErrorOptions extends ErrorOptions {
  /** Tells programs what happened. @default the one of the status */
  readonly code?: string;
  /** Headers that the answer gets. */
  readonly headers?: Readonly<Record<string, string>>;
  /** An address that identifies the kind of problem. @default 'about:blank' */
  readonly type?: string;
  /** More members of the problem document. */
  readonly members?: Readonly<Record<string, unknown>>;
}

/** An answer, thrown. Its message is shown to the client; anything else that is thrown becomes a 500 that says nothing. */
export class HttpError extends CodedError {
  static override readonly code: string = 'HTTP';
  override readonly code: string;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly type: string;
  readonly members: Readonly<Record<string, unknown>>;
  /** Marks it, also when it comes from another copy of the package. */
  readonly answers = 'http' as const;

  /** True for any answer that was thrown; asked of a subclass with a code of its own, for that code. */
  static override is<E>(
    this: (abstract new (...args: never[]) => E) & { readonly code: string },
    error: unknown,
  ): error is E {
    return isHttpError(error) && (this.code === HttpError.code || error.code === this.code);
  }

  constructor(status: number, detail?: string, options: HttpErrorOptions = {}) {
    super(detail ?? titleOf(status), options);
    this.status = status;
    this.code = options.code ?? codeOf(status);
    this.headers = options.headers ?? {};
    this.type = options.type ?? 'about:blank';
    this.members = options.members ?? {};
  }
}

/** True for an error that is an answer, whatever its code. */
export function isHttpError(error: unknown): error is HttpError {
  return error instanceof Error && (error as { answers?: unknown }).answers === 'http';
}

/** The status for anything thrown: its own, the one of its code, or 500. */
export function statusOf(error: unknown): number {
  if (isHttpError(error) || RefusedMessageError.is(error)) return error.status;
  return problemOf(error).status;
}

/** The code of an answer that says no more than its status. */
export function codeOf(status: number): string {
  return CODES[status] ?? (status < 500 ? 'REFUSED' : 'FAILED');
}

/** The words that belong to a status. */
export function titleOf(status: number): string {
  return TITLES[status] ?? (status < 500 ? 'Refused' : 'Failed');
}

/** Two routes answer the same requests, so that one of them could never be reached. */
export class RouteConflictError extends CodedError {
  static override readonly code: string = 'ROUTE_CONFLICT';
}
