/** recordRequests: writes down which requests came, what came of them, and says what there was where an expectation is not met. */
import { CodedError, isThenable } from '@interpose/kernel';
import { checkWhole } from '@interpose/kernel/options';
import type { OrganizationMiddleware } from '../pipeline/organization-middleware.ts';
import type { OrganizationResponse } from '../requests/organization-request.ts';
import { keptRequest } from './kept-request.ts';
import { type RecordedRequest, tableOf } from './recorded-request.ts';
import { fitsPattern, patternText, type RequestPattern } from './request-pattern.ts';
import { requestText } from './request-text.ts';

/** What came is not what was expected. Its text lists what came. */
export class UnexpectedRequestsError extends CodedError {
  static override readonly code: string = 'UNEXPECTED_REQUESTS';
}

type Mutable<T> = { -readonly [Name in keyof T]: T[Name] };

/** Requests in the order in which they came. */
export class RecordedRequests {
  readonly #all: Mutable<RecordedRequest>[] = [];

  /** Stands where the requests are to be seen: in front of everything for all of them. */
  readonly middleware: OrganizationMiddleware = (ctx, next) => {
    const kept = keptRequest(ctx.request);
    const recorded: Mutable<RecordedRequest> = {
      requestName: ctx.request.requestName,
      request: kept,
      logicalName: tableOf(kept),
      callerId: ctx.caller.callerId.id,
      depth: ctx.depth,
      response: undefined,
      error: undefined,
    };
    this.#all.push(recorded);
    const done = (response: OrganizationResponse): OrganizationResponse => {
      recorded.response = response;
      return response;
    };
    const failed = (error: unknown): never => {
      recorded.error = error;
      throw error;
    };
    try {
      const response = next();
      return isThenable(response) ? response.then(done, failed) : done(response);
    } catch (error) {
      return failed(error);
    }
  };

  /** All of them. */
  get all(): readonly RecordedRequest[] {
    return [...this.#all];
  }

  /** Their names. */
  get names(): readonly string[] {
    return this.#all.map(({ requestName }) => requestName);
  }

  /** Those that are meant: by a name, or by a pattern. */
  find(pattern: string | RequestPattern): readonly RecordedRequest[] {
    const wanted: RequestPattern = typeof pattern === 'string' ? { requestName: pattern } : pattern;
    return this.#all.filter((recorded) => fitsPattern(recorded, wanted));
  }

  /**
   * Makes sure that one came; gives the first.
   *
   * @throws UnexpectedRequestsError if none did, or not as many as `times` says
   */
  expect(pattern: string | RequestPattern, times?: number): RecordedRequest {
    if (times !== undefined) checkWhole('times', times, 1);
    const found = this.find(pattern);
    const [first] = found;
    if (first && (times === undefined || found.length === times)) return first;
    const wanted = times === undefined ? 'at least once' : timesText(times);
    throw this.#error(
      `Expected ${patternText(pattern)} ${wanted}, and it came ${timesText(found.length)}.`,
    );
  }

  /** @throws UnexpectedRequestsError if one came */
  expectNone(pattern?: string | RequestPattern): void {
    const found = pattern === undefined ? this.#all : this.find(pattern);
    if (found.length === 0) return;
    const what = pattern === undefined ? 'a request' : patternText(pattern);
    throw this.#error(`Expected ${what} not to come, and it came ${timesText(found.length)}.`);
  }

  /**
   * Makes sure that requests of these names came, no others, in this order.
   *
   * @throws UnexpectedRequestsError if not
   */
  expectOrder(...names: readonly string[]): void {
    if (names.join('\n') === this.names.join('\n')) return;
    throw this.#error(`Expected ${names.join(', ') || 'no requests'}, in this order.`);
  }

  /** Forgets all of them. */
  clear(): void {
    this.#all.length = 0;
  }

  #error(message: string): UnexpectedRequestsError {
    const lines = this.#all.map((recorded, at) => `  ${at + 1}. ${requestText(recorded)}`);
    const list = lines.length ? `What came:\n${lines.join('\n')}` : 'Nothing came.';
    return new UnexpectedRequestsError(`${message} ${list}`);
  }
}

/**
 * Writes down which requests come.
 *
 * @example
 * const requests = recordRequests();
 * const context = MiddlewareBuilder.new().addCrud().use(requests.middleware).useCrud().build();
 */
export function recordRequests(): RecordedRequests {
  return new RecordedRequests();
}

function timesText(times: number): string {
  return times === 0 ? 'never' : times === 1 ? 'once' : `${times} times`;
}
