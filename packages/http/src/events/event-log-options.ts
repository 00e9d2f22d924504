/** What an EventLog can be told, and whether that is right. */
import type { Clock } from '@interpose/kernel';
import { systemClock } from '@interpose/kernel/clock';
import { checkNames, checkWhole, unexpected } from '@interpose/kernel/options';
import { reportFailure, unharmed } from '@interpose/kernel/unharmed';
import type { HttpContext } from '../context/context.ts';
import { isTokenName } from '../context/headers.ts';
import type { HttpEvent } from './http-event.ts';
import { Redactor } from './redacted-headers.ts';
import type { HttpResponse } from '../context/response.ts';

/** Hears of a request when it comes. */
export type RequestCallback = (event: HttpEvent, ctx: HttpContext) => unknown;
/** Hears of an answer when it is made, before it is sent. `response` is `null` if there was an error in its place. */
export type ResponseCallback = (response: HttpResponse | null, event: HttpEvent) => unknown;

/** How requests are traced. */
export interface TracingOptions {
  /** Begins to trace a request; what it returns ends that, and gives what was found. @default what `event.addTrace` was given */
  readonly start?: (ctx: HttpContext) => () => readonly unknown[];
}

/** Options of an `EventLog`. */
export interface EventLogOptions {
  /** The name of the application in events. @default 'Fast_API' */
  readonly name?: string;
  /** How many events are kept; of more, the oldest go. @default 50 */
  readonly maxRequestsLogged?: number;
  /** About how much memory the events may take; of more, the oldest go. @default 1_048_576 */
  readonly maxBytes?: number;
  /** Whether secrets in headers and queries are replaced by their size and a digest. @default true */
  readonly cleanData?: boolean;
  /** More names of headers and parameters that are secret, such as the one of the API key. */
  readonly secretNames?: readonly string[];
  /** The header that carries the id, in the answer and in what the handler sees of the request. @default 'fast-api-request-id' */
  readonly header?: string;
  /** Makes an id. @default the id that the request has */
  readonly newId?: () => string;
  /** Told in events, where several threads serve. @default 0 */
  readonly threadId?: number;
  readonly callbackOnRequest?: RequestCallback;
  readonly callbackOnResponse?: ResponseCallback;
  /** Is given what a callback or a background task throws, which has no other effect. @default the console */
  readonly onFailure?: (error: unknown) => void;
  /** @default systemClock */
  readonly clock?: Clock;
}

const NAMES: readonly (keyof EventLogOptions)[] = [
  'name',
  'maxRequestsLogged',
  'maxBytes',
  'cleanData',
  'secretNames',
  'header',
  'newId',
  'threadId',
  'callbackOnRequest',
  'callbackOnResponse',
  'onFailure',
  'clock',
];

/** Options with what stands in for those that are not given. */
export interface CheckedLogOptions {
  readonly header: string;
  readonly name: string;
  readonly threadId: number;
  readonly maxRequestsLogged: number;
  readonly maxBytes: number;
  readonly redactor: Redactor | undefined;
  readonly onFailure: (error: unknown) => void;
  readonly clock: Clock;
}

/** @throws TypeError or RangeError for options out of range */
export function checkedLogOptions(options: EventLogOptions): CheckedLogOptions {
  checkNames('httpEvents', options, NAMES);
  const { header = 'fast-api-request-id', clock = systemClock, onFailure } = options;
  if (!isTokenName(header)) throw unexpected('header', 'the name of a header', header);
  return {
    header,
    name: options.name ?? 'Fast_API',
    threadId: options.threadId ?? 0,
    maxRequestsLogged: checkWhole('maxRequestsLogged', options.maxRequestsLogged ?? 50),
    maxBytes: checkWhole('maxBytes', options.maxBytes ?? 1024 * 1024),
    redactor: options.cleanData === false ? undefined : new Redactor(options.secretNames),
    // Whoever is told of failures may fail as well.
    onFailure: onFailure
      ? (error) => unharmed(() => onFailure(error), reportFailure)
      : reportFailure,
    clock,
  };
}
