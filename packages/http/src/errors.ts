/** What can go wrong with a request, and the status that each of it gets. */
import { CodedError } from '@interpose/kernel';
import { problemOf } from '@interpose/resilience/boundary';
import { RefusedMessageError } from '@interpose/wire';

/** The code of an answer that says no more than its status. */
const CODES: Readonly<Record<number, string>> = {
  400: 'BAD_REQUEST',
  401: 'UNAUTHORIZED',
  402: 'PAYMENT_REQUIRED',
  403: 'FORBIDDEN',
  404: 'NOT_FOUND',
  405: 'METHOD_NOT_ALLOWED',
  406: 'NOT_ACCEPTABLE',
  407: 'PROXY_AUTHENTICATION_REQUIRED',
  408: 'REQUEST_TIMEOUT',
  409: 'CONFLICT',
  410: 'GONE',
  411: 'LENGTH_REQUIRED',
  412: 'PRECONDITION_FAILED',
  413: 'CONTENT_TOO_LARGE',
  414: 'URI_TOO_LONG',
  415: 'UNSUPPORTED_MEDIA_TYPE',
  416: 'RANGE_NOT_SATISFIABLE',
  417: 'EXPECTATION_FAILED',
  421: 'MISDIRECTED_REQUEST',
  422: 'UNPROCESSABLE_CONTENT',
  423: 'LOCKED',
  424: 'FAILED_DEPENDENCY',
  425: 'TOO_EARLY',
  426: 'UPGRADE_REQUIRED',
  428: 'PRECONDITION_REQUIRED',
  429: 'TOO_MANY_REQUESTS',
  431: 'HEADERS_TOO_LARGE',
  451: 'UNAVAILABLE_FOR_LEGAL_REASONS',
  500: 'INTERNAL_ERROR',
  501: 'NOT_IMPLEMENTED',
  502: 'BAD_GATEWAY',
  503: 'UNAVAILABLE',
  504: 'GATEWAY_TIMEOUT',
  505: 'HTTP_VERSION_NOT_SUPPORTED',
  506: 'VARIANT_ALSO_NEGOTIATES',
  507: 'INSUFFICIENT_STORAGE',
  508: 'LOOP_DETECTED',
  511: 'NETWORK_AUTHENTICATION_REQUIRED',
};

const TITLES: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  402: 'Payment Required',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  406: 'Not Acceptable',
  407: 'Proxy Authentication Required',
  408: 'Request Timeout',
  409: 'Conflict',
  410: 'Gone',
  411: 'Length Required',
  412: 'Precondition Failed',
  413: 'Content Too Large',
  414: 'URI Too Long',
  415: 'Unsupported Media Type',
  416: 'Range Not Satisfiable',
  417: 'Expectation Failed',
  421: 'Misdirected Request',
  422: 'Unprocessable Content',
  423: 'Locked',
  424: 'Failed Dependency',
  425: 'Too Early',
  426: 'Upgrade Required',
  428: 'Precondition Required',
  429: 'Too Many Requests',
  431: 'Request Header Fields Too Large',
  451: 'Unavailable For Legal Reasons',
  500: 'Internal Server Error',
  501: 'Not Implemented',
  502: 'Bad Gateway',
  503: 'Service Unavailable',
  504: 'Gateway Timeout',
  505: 'HTTP Version Not Supported',
  506: 'Variant Also Negotiates',
  507: 'Insufficient Storage',
  508: 'Loop Detected',
  511: 'Network Authentication Required',
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

/** The body was read before by a parser of the host that left nothing to make it of again. */
export class BodyTakenError extends CodedError {
  static override readonly code: string = 'BODY_TAKEN';

  constructor() {
    super(
      'The host has read the body before, and has left nothing of it; stand before its parser, or let it keep the bytes as `rawBody`',
    );
  }
}

/** A middleware ran the rest of a host a second time, which hosts cannot. */
export class RestUsedError extends CodedError {
  static override readonly code: string = 'REST_USED';

  constructor() {
    super('The rest of a host runs once; put what repeats round a handler of an app');
  }
}
