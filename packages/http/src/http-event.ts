/** HttpEvent: what is recorded of one request and its answer. */
import type { HttpContext } from './context.ts';
import type { HttpResponse } from './response.ts';
import type { Redactor } from './redacted-headers.ts';

/** A message that was noted during a request. */
export interface EventMessage {
  readonly level: string;
  readonly text: string;
  /** Milliseconds since the request came. */
  readonly timestamp: number;
}

/** Runs when the answer is out. `response` is `null` if there was an error in its place. */
export type BackgroundTask = (ctx: HttpContext, response: HttpResponse | null) => unknown;

/** Whose request it was, and what was noted. */
export interface EventInfo {
  readonly fastApiName: string;
  readonly logMessages: readonly EventMessage[];
  readonly clientCity: string | null;
  readonly clientCountry: string | null;
  readonly clientIp: string | null;
  readonly domain: string | null;
  readonly eventId: string;
  readonly infoId: string;
  /** Milliseconds since 1970 in UTC. */
  readonly timestamp: number;
  readonly threadId: number;
}

/** The request. Its body is never kept. */
export interface EventRequest {
  readonly eventId: string;
  readonly requestId: string;
  readonly method: string;
  readonly path: string;
  /** With its `?`, without secrets; empty if there is none. */
  readonly query: string;
  readonly hostName: string;
  readonly port: number;
  /** By lower case name, without secrets. */
  readonly headers: Readonly<Record<string, string>>;
  /** Milliseconds since 1970 in UTC. */
  readonly startTime: number;
  /** Milliseconds until the answer was made, which is before its body is sent; `null` until then. */
  readonly duration: number | null;
}

/** The answer. Its body is never kept. */
export interface EventResponse {
  readonly eventId: string;
  readonly responseId: string;
  /** `null` until there is an answer; 499 if the client left before it had all of it. */
  readonly statusCode: number | null;
  readonly contentType: string | null;
  /** Bytes of the body: what the head says, or how many were sent. */
  readonly contentLength: number | null;
  /** By lower case name, without secrets. */
  readonly headers: Readonly<Record<string, string>>;
  /** Milliseconds since 1970 in UTC; `null` until all is sent. */
  readonly endTime: number | null;
  /** Milliseconds until the last byte of the body was sent; `null` until then. */
  readonly totalDuration: number | null;
  /** The name of the error that was thrown in place of an answer. */
  readonly errorType: string | null;
}

/** What tracing found, if it was on. */
export interface EventTraces {
  readonly eventId: string;
  readonly tracesId: string;
  readonly traces: readonly unknown[];
  readonly tracesCount: number;
}

/** What an event is made with. */
export interface EventMaking {
  readonly id: string;
  readonly name: string;
  readonly threadId: number;
  readonly nowMs: number;
  readonly wallMs: number;
  readonly redactor: Redactor | undefined;
  /** The time since the request came, and how much larger the event has become. */
  readonly sinceMs: (startMs: number) => number;
  readonly grew: (event: HttpEvent, bytes: number) => void;
}

const MOST_MESSAGES = 100;
const LONGEST_MESSAGE = 4096;
const MOST_TRACES = 1000;
/** What an event takes besides its texts. */
const OWN_BYTES = 1024;

/** What is recorded of one request. */
export class HttpEvent {
  readonly eventId: string;
  readonly #making: EventMaking;
  readonly #method: string;
  readonly #path: string;
  readonly #query: string;
  readonly #host: string;
  readonly #secure: boolean;
  readonly #clientIp: string;
  readonly #headers: readonly string[];
  #messages: EventMessage[] | undefined;
  #traces: unknown[] | undefined;
  #tasks: BackgroundTask[] | undefined;
  #durationMs: number | null = null;
  #status: number | null = null;
  #errorType: string | null = null;
  #totalMs: number | null = null;
  #sentBytes: number | null = null;
  /** The answer while it may still change; afterwards the headers that it had. */
  #answer: HttpResponse | undefined;
  #answerHeaders: readonly string[] | undefined;
  /** Whether it is in a log. */
  isKept = true;
  /** About how much memory it takes. */
  bytes: number = OWN_BYTES;

  constructor(ctx: HttpContext, making: EventMaking) {
    const { redactor } = making;
    this.eventId = making.id;
    this.#making = making;
    this.#method = ctx.method;
    this.#path = ctx.path;
    this.#query = redactor ? redactor.query(ctx.search) : ctx.search;
    this.#host = ctx.headers.get('host') ?? '';
    this.#secure = ctx.secure;
    this.#clientIp = ctx.clientAddress;
    const raw = ctx.headers.toRaw();
    this.#headers = redactor ? redactor.headers(raw) : raw.slice();
    this.bytes += this.#path.length + this.#query.length + sizeOf(this.#headers);
  }

  /** Notes a message with the request; of very many only the first are kept, of a very long one its beginning. */
  addLogMessage(text: string, level = 'INFO'): this {
    const messages = (this.#messages ??= []);
    if (messages.length >= MOST_MESSAGES) return this;
    const kept = text.slice(0, LONGEST_MESSAGE);
    messages.push({ level, text: kept, timestamp: this.#sinceMs() });
    this.#grew(kept.length + 64);
    return this;
  }

  /** The texts of the messages. */
  messages(): string[] {
    return (this.#messages ?? []).map(({ text }) => text);
  }

  /** Adds something that tracing has found; it has to be JSON. Of very many only the first are kept. */
  addTrace(trace: unknown): this {
    const traces = (this.#traces ??= []);
    if (traces.length >= MOST_TRACES) return this;
    traces.push(trace);
    this.#grew(256);
    return this;
  }

  /** Runs something when the answer of this request is out, besides what else runs then. */
  addBackgroundTask(task: BackgroundTask): this {
    (this.#tasks ??= []).push(task);
    return this;
  }

  get info(): EventInfo {
    const { name, threadId, wallMs } = this.#making;
    return {
      fastApiName: name,
      logMessages: [...(this.#messages ?? [])],
      clientCity: valueOf(this.#headers, 'cloudfront-viewer-city') ?? null,
      clientCountry: valueOf(this.#headers, 'cloudfront-viewer-country') ?? null,
      clientIp: this.#clientIp || null,
      domain: valueOf(this.#headers, 'cloudfront-domain') ?? null,
      eventId: this.eventId,
      infoId: `${this.eventId}:info`,
      timestamp: Math.floor(wallMs),
      threadId,
    };
  }

  get request(): EventRequest {
    const [hostName, port] = hostAndPort(this.#host, this.#secure);
    return {
      eventId: this.eventId,
      requestId: this.eventId,
      method: this.#method,
      path: this.#path,
      query: this.#query,
      hostName,
      port,
      headers: recordOf(this.#headers),
      startTime: rounded(this.#making.wallMs),
      duration: this.#durationMs,
    };
  }

  get response(): EventResponse {
    const { redactor, wallMs } = this.#making;
    const live = this.#answer?.headers.toRaw() ?? [];
    const raw = this.#answerHeaders ?? (redactor ? redactor.headers(live) : live);
    const length = valueOf(raw, 'content-length');
    return {
      eventId: this.eventId,
      responseId: `${this.eventId}:response`,
      statusCode: this.#status,
      contentType: valueOf(raw, 'content-type') ?? null,
      contentLength: length === undefined ? this.#sentBytes : Number(length),
      headers: recordOf(raw),
      endTime: this.#totalMs === null ? null : rounded(wallMs + this.#totalMs),
      totalDuration: this.#totalMs,
      errorType: this.#errorType,
    };
  }

  get traces(): EventTraces {
    const traces = [...(this.#traces ?? [])];
    return {
      eventId: this.eventId,
      tracesId: `${this.eventId}:traces`,
      traces,
      tracesCount: traces.length,
    };
  }

  toJSON(): object {
    const { eventId, info, request, response, traces } = this;
    return { eventId, info, request, response, traces };
  }

  // What the log of events says.

  /** There is an answer, or an error in its place. */
  answered(response: HttpResponse, status: number, error?: unknown): void {
    this.#durationMs = this.#sinceMs();
    if (this.#totalMs === null) this.#answer = response;
    this.#status ??= status;
    if (error !== undefined) this.#errorType = nameOf(error);
  }

  /** Nothing more will be sent. */
  settled({ response, sentBytes, clientLeft }: HttpContext): void {
    const raw = response.headers.toRaw();
    const headers = this.#making.redactor?.headers(raw) ?? raw.slice();
    this.#status = clientLeft ? 499 : response.status;
    this.#answerHeaders = headers;
    this.#answer = undefined;
    this.#totalMs = this.#sinceMs();
    this.#sentBytes = sentBytes;
    this.#grew(sizeOf(headers));
  }

  /** Gives the tasks away. */
  takeTasks(): readonly BackgroundTask[] {
    const tasks = this.#tasks ?? [];
    this.#tasks = undefined;
    return tasks;
  }

  #sinceMs(): number {
    const { nowMs, sinceMs } = this.#making;
    return rounded(sinceMs(nowMs));
  }

  #grew(bytes: number): void {
    this.bytes += bytes;
    this.#making.grew(this, bytes);
  }
}

/** To a thousandth. */
const rounded = (ms: number): number => Math.round(ms * 1000) / 1000;

const sizeOf = (texts: readonly string[]): number => {
  let size = 0;
  for (const text of texts) size += text.length;
  return size;
};

function valueOf(raw: readonly string[], name: string): string | undefined {
  for (let at = 0; at + 1 < raw.length; at += 2) {
    if ((raw[at] as string).toLowerCase() === name) return raw[at + 1];
  }
  return undefined;
}

function recordOf(raw: readonly string[]): Readonly<Record<string, string>> {
  // Names come from outside, and one of them could be `__proto__`.
  const record = Object.create(null) as Record<string, string>;
  for (let at = 0; at + 1 < raw.length; at += 2) {
    const name = (raw[at] as string).toLowerCase();
    const before = record[name];
    record[name] = before === undefined ? String(raw[at + 1]) : `${before}, ${raw[at + 1]}`;
  }
  return record;
}

function hostAndPort(host: string, secure: boolean): readonly [string, number] {
  const port = /:(\d{1,5})$/.exec(host);
  const name = port ? host.slice(0, port.index) : host;
  return [name, port ? Number(port[1]) : secure ? 443 : 80];
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name || 'Error' : typeof error;
}
