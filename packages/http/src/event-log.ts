/** EventLog: the events of recent requests, those who want to hear of them, and what is to be done when an answer is out. */
import type { Clock } from '@interpose/kernel';
import { isThenable } from '@interpose/kernel';
import { systemClock } from '@interpose/kernel/clock';
import { checkNames, checkWhole, unexpected } from '@interpose/kernel/options';
import { reportFailure, unharmed } from '@interpose/kernel/unharmed';
import type { HttpContext } from './context.ts';
import { statusOf } from './errors.ts';
import { isTokenName } from './headers.ts';
import { type BackgroundTask, HttpEvent } from './http-event.ts';
import { type LiveItems, type LiveOptions, LiveSource } from './live-events.ts';
import { Redactor } from './redacted-headers.ts';
import type { HttpResponse } from './response.ts';

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
  readonly #name: string;
  readonly #most: number;
  readonly #mostBytes: number;
  readonly #redactor: Redactor | undefined;
  readonly #newId: (() => string) | undefined;
  readonly #threadId: number;
  readonly #onFailure: (error: unknown) => void;
  readonly #clock: Clock;
  /** The oldest first. */
  readonly #events: HttpEvent[] = [];
  readonly #live = new LiveSource<HttpEvent>();
  readonly #tasks: BackgroundTask[] = [];
  readonly #sinceMs: (startMs: number) => number;
  readonly #grew: (event: HttpEvent, bytes: number) => void;
  #onRequest: RequestCallback | undefined;
  #onResponse: ResponseCallback | undefined;
  #tracing: TracingOptions | undefined;
  #bytes = 0;
  #underWay = 0;
  #waiting: (() => void)[] = [];

  /** @throws TypeError or RangeError for options out of range */
  constructor(options: EventLogOptions = {}) {
    checkNames('httpEvents', options, NAMES);
    const { header = 'fast-api-request-id', clock = systemClock } = options;
    if (!isTokenName(header)) throw unexpected('header', 'the name of a header', header);
    this.header = header;
    this.#name = options.name ?? 'Fast_API';
    this.#most = checkWhole('maxRequestsLogged', options.maxRequestsLogged ?? 50);
    this.#mostBytes = checkWhole('maxBytes', options.maxBytes ?? 1024 * 1024);
    this.#redactor = options.cleanData === false ? undefined : new Redactor(options.secretNames);
    this.#newId = options.newId;
    this.#threadId = options.threadId ?? 0;
    this.#onRequest = options.callbackOnRequest;
    this.#onResponse = options.callbackOnResponse;
    const { onFailure } = options;
    // Whoever is told of failures may fail as well.
    this.#onFailure = onFailure
      ? (error) => unharmed(() => onFailure(error), reportFailure)
      : reportFailure;
    this.#clock = clock;
    this.#sinceMs = (startMs) => clock.now() - startMs;
    // One that is gone already may grow as it likes.
    this.#grew = (event, bytes) => {
      if (event.isKept) this.#trim(bytes);
    };
  }

  // History.

  /** The events by their ids, the oldest first. */
  get requestsData(): ReadonlyMap<string, HttpEvent> {
    return new Map(this.#events.map((event) => [event.eventId, event]));
  }

  /** The ids of the events, the oldest first. */
  get requestsOrder(): readonly string[] {
    return this.#events.map(({ eventId }) => eventId);
  }

  /** The last events, the oldest of them first. */
  recentRequests(count = 10): readonly HttpEvent[] {
    const most = checkWhole('count', count);
    return most === 0 ? [] : this.#events.slice(-most);
  }

  clearRequestHistory(): void {
    for (const event of this.#events.splice(0)) event.isKept = false;
    this.#bytes = 0;
  }

  /** The texts that were noted with a request; none if its event is gone. */
  requestMessages(id: string): readonly string[] {
    return this.#events.findLast(({ eventId }) => eventId === id)?.messages() ?? [];
  }

  /** The last events as lines of JSON, the oldest first. */
  toJsonLines(count: number = this.#most): string {
    return this.recentRequests(count)
      .map((event) => `${jsonOf(event)}\n`)
      .join('');
  }

  // Those who want to hear.

  /** Each event when it is over, for as long as one reads. */
  stream(options?: LiveOptions): LiveItems<HttpEvent> {
    return this.#live.read(options);
  }

  /** The same as server-sent events, to be the body of an answer of the type `text/event-stream`. */
  eventStream(options?: LiveOptions): AsyncIterableIterator<Uint8Array> {
    const events = this.stream(options);
    const encoder = new TextEncoder();
    return {
      [Symbol.asyncIterator]() {
        return this;
      },
      async next() {
        const { done, value } = await events.next();
        if (done) return { done, value: undefined };
        const text = `id: ${value.eventId}\nevent: http-event\ndata: ${jsonOf(value)}\n\n`;
        return { done: false, value: encoder.encode(text) };
      },
      async return() {
        await events.return();
        return { done: true, value: undefined };
      },
    };
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
    this.#tasks.push(task);
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
    if (this.#underWay === 0) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  // What the middleware says.

  /** A request has come. */
  onHttpRequest(ctx: HttpContext): OpenEvent {
    if (this.#newId) ctx.requestId = this.#newId();
    const id = ctx.requestId;
    const event = new HttpEvent(ctx, {
      id,
      name: this.#name,
      threadId: this.#threadId,
      nowMs: this.#clock.now(),
      wallMs: this.#clock.wall(),
      redactor: this.#redactor,
      sinceMs: this.#sinceMs,
      grew: this.#grew,
    });
    this.#events.push(event);
    this.#trim(event.bytes);
    this.#underWay++;
    let endTrace: (() => readonly unknown[]) | undefined;
    const start = this.#tracing?.start;
    if (start) unharmed(() => void (endTrace = start(ctx)), this.#onFailure);
    const open: OpenEvent = { event, ctx, endTrace, response: undefined, isSettled: false };
    ctx.onSettled(() => this.#settled(open));
    const callback = this.#onRequest;
    if (callback) unharmed(() => callback(event, ctx), this.#onFailure);
    return open;
  }

  /** There is an answer; or none, but an error. */
  onHttpResponse(open: OpenEvent, response: HttpResponse | null, error?: unknown): void {
    const { event, ctx } = open;
    this.#endTracing(open);
    event.answered(response ?? ctx.response, response ? response.status : statusOf(error), error);
    open.response = response;
    const callback = this.#onResponse;
    if (callback) unharmed(() => callback(response, event), this.#onFailure);
    if (open.isSettled) this.#finish(open);
  }

  /** Something of its own has failed; the request goes on. */
  failed(error: unknown): void {
    this.#onFailure(error);
  }

  #endTracing({ event, endTrace }: OpenEvent): void {
    if (!this.#tracing) return;
    if (endTrace) {
      unharmed(() => {
        for (const trace of endTrace()) event.addTrace(trace);
      }, this.#onFailure);
    }
    event.addLogMessage(`added ${event.traces.tracesCount} traces`);
  }

  #trim(bytes: number): void {
    this.#bytes += bytes;
    const events = this.#events;
    while (events.length > this.#most || (this.#bytes > this.#mostBytes && events.length > 0)) {
      const oldest = events.shift() as HttpEvent;
      oldest.isKept = false;
      this.#bytes -= oldest.bytes;
    }
  }

  #settled(open: OpenEvent): void {
    open.isSettled = true;
    unharmed(() => open.event.settled(open.ctx), this.#onFailure);
    if (open.response !== undefined) this.#finish(open);
  }

  /** The answer is out, and nobody works on it any more. */
  #finish({ event, ctx, response }: OpenEvent): void {
    if (this.#live.hasReaders) this.#live.push(event);
    const own = event.takeTasks();
    if (!own.length && !this.#tasks.length) return this.#over();
    void this.#run([...this.#tasks, ...own], ctx, response ?? null).then(() => this.#over());
  }

  async #run(
    tasks: readonly BackgroundTask[],
    ctx: HttpContext,
    response: HttpResponse | null,
  ): Promise<void> {
    for (const task of tasks) {
      try {
        const done = task(ctx, response);
        if (isThenable(done)) await done;
      } catch (error) {
        this.failed(error);
      }
    }
  }

  #over(): void {
    this.#underWay--;
    if (this.#underWay > 0) return;
    for (const waiting of this.#waiting.splice(0)) waiting();
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
