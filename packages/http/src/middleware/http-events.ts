/** httpEvents: records one event for every request, whatever happens to it. */
import { isThenable } from '@interpose/kernel';
import type { HttpMiddleware } from '../app.ts';
import type { HttpContext } from '../context.ts';
import { EventLog, type EventLogOptions, type OpenEvent } from '../event-log.ts';
import type { HttpEvent } from '../http-event.ts';
import type { HttpResponse } from '../response.ts';

/** Options of `httpEvents`. */
export type HttpEventsOptions = EventLogOptions;

/** What `httpEvents` adds to the state. */
export interface HttpEventsState {
  /** The log with the events of recent requests. */
  readonly httpEvents: EventLog;
  /** The id of the request; also in the answer's header. */
  readonly requestId: string;
  /** The event of this request. */
  readonly requestData: HttpEvent;
}

/** A context whose request is recorded. */
export type HttpEventsContext = HttpContext & { readonly state: HttpEventsState };

/** The middleware, with its log. */
export type HttpEventsMiddleware = HttpMiddleware<HttpContext, HttpEventsContext> & {
  readonly events: EventLog;
};

/**
 * Records one event for every request: who asked for what, how it was answered and how long that took.
 *
 * @throws TypeError or RangeError for options out of range
 * @example
 * const recorded = httpEvents({ maxRequestsLogged: 200 });
 * const app = createApp()
 *   .use(recorded)
 *   .get('/', (ctx) => ctx.state.requestData.addLogMessage('at home').eventId);
 * recorded.events.recentRequests(10);
 */
export function httpEvents(options: HttpEventsOptions | EventLog = {}): HttpEventsMiddleware {
  const events = options instanceof EventLog ? options : new EventLog(options);
  const { header } = events;
  const recorded: HttpMiddleware<HttpContext, HttpEventsContext> = (ctx, next) => {
    let open: OpenEvent;
    try {
      open = events.onHttpRequest(ctx);
      const id = open.event.eventId;
      ctx.headers.set(header, id);
      ctx.response.headers.set(header, id);
      const state = ctx.state as {
        -readonly [Name in keyof HttpEventsState]: HttpEventsState[Name];
      };
      state.httpEvents = events;
      state.requestId = id;
      state.requestData = open.event;
    } catch (error) {
      // Nothing is recorded, and nothing else is different.
      events.failed(error);
      return next(ctx as HttpEventsContext);
    }
    let result: ReturnType<typeof next>;
    try {
      result = next(ctx as HttpEventsContext);
    } catch (error) {
      events.onHttpResponse(open, null, error);
      throw error;
    }
    const answered = (response: HttpResponse): HttpResponse => {
      // What came from elsewhere may have brought the id of another request along.
      const { headers } = response;
      const { eventId } = open.event;
      if (headers.get(header) !== eventId) headers.set(header, eventId);
      events.onHttpResponse(open, response);
      return response;
    };
    if (!isThenable(result)) return answered(result);
    return result.then(answered, (error: unknown) => {
      events.onHttpResponse(open, null, error);
      throw error;
    });
  };
  return Object.assign(Object.defineProperty(recorded, 'name', { value: 'httpEvents' }), {
    events,
  });
}
