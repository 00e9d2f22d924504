/** HttpEvent: what is recorded of one request and its answer. */
import type { Clock } from '@interpose/kernel';
import type { BackgroundTask } from './background-tasks.ts';
import type { HttpContext } from '../context/context.ts';
import type {
  EventInfo,
  EventMessage,
  EventRequest,
  EventResponse,
  EventTraces,
} from './event-record.ts';
import { headerRecord, headerValue } from './header-record.ts';
import type { HttpResponse } from '../context/response.ts';
import type { Redactor } from './redacted-headers.ts';

/** What all events of a log are made with. */
export interface EventMaking {
  readonly name: string;
  readonly threadId: number;
  readonly redactor: Redactor | undefined;
  readonly clock: Pick<Clock, 'now' | 'wall'>;
  /** Is told by how much an event has become larger. */
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
  readonly #startMs: number;
  readonly #wallMs: number;
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
    const { redactor, clock } = making;
    this.eventId = ctx.requestId;
    this.#making = making;
    this.#startMs = clock.now();
    this.#wallMs = clock.wall();
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
    const { name, threadId } = this.#making;
    return {
      fastApiName: name,
      logMessages: [...(this.#messages ?? [])],
      clientCity: headerValue(this.#headers, 'cloudfront-viewer-city') ?? null,
      clientCountry: headerValue(this.#headers, 'cloudfront-viewer-country') ?? null,
      clientIp: this.#clientIp || null,
      domain: headerValue(this.#headers, 'cloudfront-domain') ?? null,
      eventId: this.eventId,
      infoId: `${this.eventId}:info`,
      timestamp: Math.floor(this.#wallMs),
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
      headers: headerRecord(this.#headers),
      startTime: rounded(this.#wallMs),
      duration: this.#durationMs,
    };
  }

  get response(): EventResponse {
    const { redactor } = this.#making;
    const live = this.#answer?.headers.toRaw() ?? [];
    const raw = this.#answerHeaders ?? (redactor ? redactor.headers(live) : live);
    const length = headerValue(raw, 'content-length');
    return {
      eventId: this.eventId,
      responseId: `${this.eventId}:response`,
      statusCode: this.#status,
      contentType: headerValue(raw, 'content-type') ?? null,
      contentLength: length === undefined ? this.#sentBytes : Number(length),
      headers: headerRecord(raw),
      endTime: this.#totalMs === null ? null : rounded(this.#wallMs + this.#totalMs),
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
    return rounded(this.#making.clock.now() - this.#startMs);
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

function hostAndPort(host: string, secure: boolean): readonly [string, number] {
  const port = /:(\d{1,5})$/.exec(host);
  const name = port ? host.slice(0, port.index) : host;
  return [name, port ? Number(port[1]) : secure ? 443 : 80];
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name || 'Error' : typeof error;
}
