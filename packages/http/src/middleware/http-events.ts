/** httpEvents: records one event for every request, whatever happens to it. */
import { isThenable } from '@interpose/kernel';
import type { HttpMiddleware } from '../app.ts';
import type { HttpContext } from '../context/context.ts';
import { EventLog, type OpenEvent } from '../events/event-log.ts';
import type { EventLogOptions } from '../events/event-log-options.ts';
import { HeaderLine } from '../context/headers.ts';
import type { HttpEvent } from '../events/http-event.ts';
import { plainLayer } from '../plain-layer.ts';
import type { HttpResponse } from '../context/response.ts';

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
  const recorded = plainLayer('httpEvents', (ctx, rest) => {
    const begun = begin(events, ctx);
    if (!begun) return rest(ctx);
    const { open } = begun;
    let result: ReturnType<typeof rest>;
    try {
      result = rest(ctx);
    } catch (error) {
      events.onHttpResponse(open, null, error);
      throw error;
    }
    if (!isThenable(result)) return answered(events, begun, result);
    return result.then(
      (response) => answered(events, begun, response),
      (error: unknown) => {
        events.onHttpResponse(open, null, error);
        throw error;
      },
    );
  });
  return Object.assign(recorded, { events }) as HttpEventsMiddleware;
}

/** What is known of a request until it is over, and the line with its id. */
interface Begun {
  readonly open: OpenEvent;
  readonly line: HeaderLine;
}

/** Nothing, if it cannot be recorded; then nothing else is different. */
function begin(events: EventLog, ctx: HttpContext): Begun | undefined {
  try {
    const open = events.onHttpRequest(ctx);
    const { event } = open;
    const id = event.eventId;
    const line = new HeaderLine(events.header, id);
    ctx.headers.setLine(line);
    ctx.response.headers.setLine(line);
    const state = ctx.state as {
      -readonly [Name in keyof HttpEventsState]: HttpEventsState[Name];
    };
    state.httpEvents = events;
    state.requestId = id;
    state.requestData = event;
    return { open, line };
  } catch (error) {
    events.failed(error);
    return undefined;
  }
}

function answered(events: EventLog, { open, line }: Begun, response: HttpResponse): HttpResponse {
  const { headers } = response;
  // What came from elsewhere may have brought the id of another request along.
  if (headers.get(line.lower) !== line.value) headers.setLine(line);
  events.onHttpResponse(open, response);
  return response;
}
