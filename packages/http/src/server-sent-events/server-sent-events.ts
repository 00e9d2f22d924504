/** sse: an answer that goes on, one event after the other, as browsers read it with EventSource. */
import { type Clock, isThenable } from '@interpose/kernel';
import { systemClock } from '@interpose/kernel/clock';
import { checkMs, checkNames, checkWhole, unexpected } from '@interpose/kernel/options';
import type { HttpContext } from '../context/context.ts';
import type { HttpResponse } from '../context/response.ts';
import { EventBody, type EventSteps, stop } from './event-body.ts';
import { EventSender, type EventStream } from './event-sender.ts';
import { eventText, type SentEvent } from './sent-event.ts';

/** Events, one after the other; a text is an event with it as data. */
export type Events = AsyncIterable<SentEvent | string>;

/** Where events come from: something that gives them, or a function that gives or sends them. The stream ends when it is done. */
export type EventsSource = Events | ((stream: EventStream) => Events | PromiseLike<void> | void);

/** Options of `sse`. */
export interface SseOptions {
  /** How long there may be silence before a comment is sent that keeps the connection alive; 0: for ever. @default 15_000 */
  readonly keepAliveMs?: number;
  /** How long the client is to wait before it comes back, unless an event says otherwise. @default what the client likes */
  readonly retryMs?: number;
  /** How much may wait for a client that is sent events; sending when there is more ends the stream. @default 1_048_576 */
  readonly maxBufferedBytes?: number;
  /** @default systemClock */
  readonly clock?: Clock;
}

const NAMES: readonly (keyof SseOptions)[] = [
  'keepAliveMs',
  'retryMs',
  'maxBufferedBytes',
  'clock',
];

/**
 * Answers with events. They are asked for one at a time, when the client has taken the one before; when it leaves, the source is ended.
 *
 * @throws TypeError or RangeError for options out of range, or a source that is none
 * @example
 * const app = createApp().get('/ticks', (ctx) =>
 *   sse(ctx, async function* ({ lastEventId, signal }) {
 *     for (let count = Number(lastEventId) + 1; ; count++) {
 *       yield { id: String(count), data: { count } };
 *       await sleep(1000, { signal });
 *     }
 *   }),
 * );
 */
export function sse(
  ctx: Pick<HttpContext, 'headers' | 'response'>,
  source: EventsSource,
  options: SseOptions = {},
): HttpResponse {
  checkNames('sse()', options, NAMES);
  const { retryMs, clock = systemClock } = options;
  const keepAliveMs = checkMs('keepAliveMs', options.keepAliveMs ?? 15_000);
  const mostBytes = checkWhole('maxBufferedBytes', options.maxBufferedBytes ?? 1024 * 1024);
  const first = retryMs === undefined ? undefined : eventText({ retryMs });
  const { response } = ctx;
  const opened = opener(source, new EventSender(lastEventIdOf(ctx), mostBytes));
  const { headers } = response;
  headers.set('Content-Type', 'text/event-stream');
  // Whoever packs a stream holds it back until there is enough to pack.
  headers.set('Cache-Control', 'no-store, no-transform');
  headers.set('X-Accel-Buffering', 'no');
  headers.delete('Content-Length');
  const begin = first === undefined ? opened.begin : () => preceded(first, opened.begin());
  response.body = new EventBody({ clock, keepAliveMs, begin, ended: opened.ended });
  return response;
}

/** The id of the last event that the client has had, if it comes back; else empty. */
export function lastEventIdOf({ headers }: Pick<HttpContext, 'headers'>): string {
  const text = headers.get('last-event-id') ?? '';
  // Headers are bytes, one a character; this one is UTF-8.
  return new TextDecoder().decode(Uint8Array.from(text, (char) => char.charCodeAt(0)));
}

/** How a source is begun, and told that it is over. */
interface Opened {
  readonly begin: () => EventSteps;
  readonly ended: (hasBegun: boolean) => void;
}

function opener(source: EventsSource, sender: EventSender): Opened {
  if (typeof source === 'function') {
    return { begin: () => begun(source(sender), sender), ended: () => sender.leave() };
  }
  if (!isEvents(source)) throw unexpected('source', 'events or a function', source);
  return {
    begin: () => source[Symbol.asyncIterator](),
    // What has begun before it was given here has to be ended although nobody has asked it for anything.
    ended: (hasBegun) => {
      if (!hasBegun) stop(source[Symbol.asyncIterator]());
    },
  };
}

function begun(given: Events | PromiseLike<void> | void, sender: EventSender): EventSteps {
  if (isEvents(given)) return given[Symbol.asyncIterator]();
  if (isThenable(given)) {
    given.then(
      () => sender.finish(),
      (error: unknown) => sender.fail(error),
    );
  } else sender.finish();
  return sender;
}

const isEvents = (value: unknown): value is Events =>
  typeof value === 'object' && value !== null && Symbol.asyncIterator in value;

/** The same with something before it. */
function preceded(first: string, steps: EventSteps): EventSteps {
  let isFirst = true;
  return {
    next() {
      if (!isFirst) return steps.next();
      isFirst = false;
      return Promise.resolve({ done: false, value: new TextEncoder().encode(first) });
    },
    return: () => steps.return?.() ?? Promise.resolve({ done: true, value: undefined }),
  };
}
