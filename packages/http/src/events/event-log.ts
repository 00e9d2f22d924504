/** EventLog: the events of recent requests, those who want to hear of them, and what is to be done when an answer is out. */
import { unharmed } from '@interpose/kernel/unharmed';
import { type BackgroundTask, BackgroundTasks } from './background-tasks.ts';
import type { HttpContext } from '../context/context.ts';
import { statusOf } from '../errors.ts';
import { EventHistory } from './event-history.ts';
import {
  type CheckedLogOptions,
  checkedLogOptions,
  type EventLogOptions,
  type RequestCallback,
  type ResponseCallback,
  type TracingOptions,
} from './event-log-options.ts';
import { type EventMaking, HttpEvent } from './http-event.ts';
import { type LiveItems, type LiveOptions, LiveSource } from './live-events.ts';
import type { HttpResponse } from '../context/response.ts';
import { EventBody, stop } from '../server-sent-events/event-body.ts';
import type { SentEvent } from '../server-sent-events/sent-event.ts';

/** How long the stream may be silent before it says that it is still there. */
const KEEP_ALIVE_MS = 15_000;

/** An event with what is known of it until it is over. */
export interface OpenEvent {
  readonly event: HttpEvent;
  readonly ctx: HttpContext;
  readonly endTrace: (() => readonly unknown[]) | undefined;
  response: HttpResponse | null | undefined;
  isSettled: boolean;
}

/** The events of recent requests. */
export class EventLog {
  /** The header that carries the id. */
  readonly header: string;
  readonly #checked: CheckedLogOptions;
  readonly #newId: (() => string) | undefined;
  readonly #history: EventHistory;
  readonly #live = new LiveSource<HttpEvent>();
  readonly #tasks: BackgroundTasks;
  readonly #making: EventMaking;
  #onRequest: RequestCallback | undefined;
  #onResponse: ResponseCallback | undefined;
  #tracing: TracingOptions | undefined;

  /** @throws TypeError or RangeError for options out of range */
  constructor(options: EventLogOptions = {}) {
    const checked = (this.#checked = checkedLogOptions(options));
    const { name, threadId, clock, redactor } = checked;
    this.header = checked.header;
    this.#newId = options.newId;
    this.#onRequest = options.callbackOnRequest;
    this.#onResponse = options.callbackOnResponse;
    this.#history = new EventHistory(checked);
    this.#tasks = new BackgroundTasks(checked.onFailure);
    const grew = (event: HttpEvent, bytes: number): void => this.#history.grew(event, bytes);
    this.#making = { name, threadId, clock, redactor, grew };
  }

  // History.

  /** The events by their ids, the oldest first. */
  get requestsData(): ReadonlyMap<string, HttpEvent> {
    return new Map(this.#history.all.map((event) => [event.eventId, event]));
  }

  /** The ids of the events, the oldest first. */
  get requestsOrder(): readonly string[] {
    return this.#history.all.map(({ eventId }) => eventId);
  }

  /** The last events, the oldest of them first. */
  recentRequests(count = 10): readonly HttpEvent[] {
    return this.#history.recent(count);
  }

  clearRequestHistory(): void {
    this.#history.clear();
  }

  /** The texts that were noted with a request; none if its event is gone. */
  requestMessages(id: string): readonly string[] {
    return this.#history.all.findLast(({ eventId }) => eventId === id)?.messages() ?? [];
  }

  /** The last events as lines of JSON, the oldest first. */
  toJsonLines(count: number = this.#checked.maxRequestsLogged): string {
    return this.recentRequests(count)
      .map((event) => `${jsonOf(event)}\n`)
      .join('');
  }

  // Those who want to hear.

  /** Each event when it is over, for as long as one reads. */
  stream(options?: LiveOptions): LiveItems<HttpEvent> {
    return this.#live.read(options);
  }

  /** The same as events for `sse`. */
  sentEvents(options?: LiveOptions): AsyncIterableIterator<SentEvent, undefined> {
    const events = this.stream(options);
    return {
      [Symbol.asyncIterator]() {
        return this;
      },
      async next() {
        const { done, value } = await events.next();
        if (done) return { done, value: undefined };
        return {
          done: false,
          value: { id: value.eventId, event: 'http-event', data: jsonOf(value) },
        };
      },
      async return() {
        await events.return();
        return { done: true, value: undefined };
      },
    };
  }

  /** The same as the body of an answer of the type `text/event-stream`, for those who make the answer themselves. */
  eventStream(options?: LiveOptions): AsyncIterableIterator<Uint8Array> {
    const events = this.sentEvents(options);
    return new EventBody({
      clock: this.#checked.clock,
      keepAliveMs: KEEP_ALIVE_MS,
      begin: () => events,
      ended: () => stop(events),
    });
  }

  /** Ends all streams. */
  close(): void {
    this.#live.close();
  }

  callbackOnRequest(callback: RequestCallback | undefined): this {
    this.#onRequest = callback;
    return this;
  }

  callbackOnResponse(callback: ResponseCallback | undefined): this {
    this.#onResponse = callback;
    return this;
  }

  /** Runs something whenever an answer is out, besides what else runs then. */
  addBackgroundTask(task: BackgroundTask): this {
    this.#tasks.add(task);
    return this;
  }

  enableRequestTracing(tracing: TracingOptions = {}): this {
    this.#tracing = tracing;
    return this;
  }

  disableRequestTracing(): this {
    this.#tracing = undefined;
    return this;
  }

  /** Resolves when no request is under way and no background task runs. */
  idle(): Promise<void> {
    return this.#tasks.idle();
  }

  // What the middleware says.

  /** A request has come. */
  onHttpRequest(ctx: HttpContext): OpenEvent {
    if (this.#newId) ctx.requestId = this.#newId();
    const event = new HttpEvent(ctx, this.#making);
    this.#history.add(event);
    this.#tasks.begin();
    let endTrace: (() => readonly unknown[]) | undefined;
    const start = this.#tracing?.start;
    if (start) unharmed(() => void (endTrace = start(ctx)), this.#checked.onFailure);
    const open: OpenEvent = { event, ctx, endTrace, response: undefined, isSettled: false };
    ctx.onSettled(() => this.#settled(open));
    const callback = this.#onRequest;
    if (callback) unharmed(() => callback(event, ctx), this.#checked.onFailure);
    return open;
  }

  /** There is an answer; or none, but an error. */
  onHttpResponse(open: OpenEvent, response: HttpResponse | null, error?: unknown): void {
    const { event, ctx } = open;
    this.#endTracing(open);
    event.answered(response ?? ctx.response, response ? response.status : statusOf(error), error);
    open.response = response;
    const callback = this.#onResponse;
    if (callback) unharmed(() => callback(response, event), this.#checked.onFailure);
    if (open.isSettled) this.#finish(open);
  }

  /** Something of its own has failed; the request goes on. */
  failed(error: unknown): void {
    this.#checked.onFailure(error);
  }

  #endTracing({ event, endTrace }: OpenEvent): void {
    if (!this.#tracing) return;
    if (endTrace) {
      unharmed(() => {
        for (const trace of endTrace()) event.addTrace(trace);
      }, this.#checked.onFailure);
    }
    event.addLogMessage(`added ${event.traces.tracesCount} traces`);
  }

  #settled(open: OpenEvent): void {
    open.isSettled = true;
    unharmed(() => open.event.settled(open.ctx), this.#checked.onFailure);
    if (open.response !== undefined) this.#finish(open);
  }

  /** The answer is out, and nobody works on it any more. */
  #finish({ event, ctx, response }: OpenEvent): void {
    if (this.#live.hasReaders) this.#live.push(event);
    this.#tasks.finish({ ctx, response: response ?? null }, event.takeTasks());
  }
}

function jsonOf(event: HttpEvent): string {
  try {
    return JSON.stringify(event);
  } catch {
    // Only traces can be something else than JSON.
    return JSON.stringify({ ...event.toJSON(), traces: null });
  }
}
