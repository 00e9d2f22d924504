/** The body of a request that comes by HTTP/2: as fast as its reader takes it, and no slower than it has to come. */
import type { IncomingHttpHeaders, ServerHttp2Stream } from 'node:http2';
import { BodyPace } from '../exchange/body-pace.ts';
import { ClientLeftError, RefusedMessageError } from '../errors.ts';
import { type BodySource, IncomingBody } from '../incoming-body.ts';
import type { ServerState } from '../exchange/server-state.ts';
import { Deadline, type Timed } from '../timer-wheel.ts';

/** What is known of a body before it comes. */
export interface Http2BodyOptions {
  readonly length: number | undefined;
  readonly expectsContinue: boolean;
  /** Is told if the body breaks a rule. */
  refuse(error: RefusedMessageError): void;
}

/** Names that say where a message ends or where it goes; at its end it is too late for that. */
const TOO_LATE: ReadonlySet<string> = new Set(['content-length', 'host', 'transfer-encoding']);

/** Reads the body of one request. */
export class Http2Body implements BodySource, Timed {
  readonly body: IncomingBody;
  readonly #stream: ServerHttp2Stream;
  readonly #server: ServerState;
  readonly #options: Http2BodyOptions;
  readonly #deadline: Deadline;
  readonly #pace: BodyPace;
  #received = 0;
  #trailers: readonly string[] = [];
  #isListening = false;
  #isPaused = false;

  constructor(stream: ServerHttp2Stream, server: ServerState, options: Http2BodyOptions) {
    this.#stream = stream;
    this.#server = server;
    this.#options = options;
    this.body = new IncomingBody(options.length, this);
    this.#deadline = new Deadline(this);
    this.#pace = new BodyPace(server);
    stream.once('trailers', (trailers) => this.#take(trailers));
    stream.once('close', () => this.stop());
  }

  begin(): void {
    const stream = this.#stream;
    if (stream.closed) return;
    if (this.#options.expectsContinue && !stream.headersSent) {
      stream.additionalHeaders({ ':status': 100 });
    }
    this.#listen();
    this.#watch();
  }

  pause(): void {
    this.#isPaused = true;
    this.#stream.pause();
    this.#server.wheel.set(this.#deadline, Infinity);
  }

  resume(): void {
    if (!this.#isPaused || this.body.isOver) return;
    this.#isPaused = false;
    this.#watch();
    this.#stream.resume();
  }

  cancel(): void {
    // What was begun has to be read to its end, or no answer would look like one.
    this.#isPaused = false;
    this.#listen();
    this.#watch();
    this.#stream.resume();
  }

  /** Nothing more is taken. */
  stop(): void {
    this.#server.wheel.remove(this.#deadline);
    this.body.fail(new ClientLeftError());
  }

  onDue(): void {
    const { wheel } = this.#server;
    const leftMs = this.#pace.leftMs(wheel.now);
    if (leftMs > 0) wheel.set(this.#deadline, leftMs);
    else this.#refuse(new RefusedMessageError('BODY_TOO_SLOW'));
  }

  #listen(): void {
    if (this.#isListening) return;
    this.#isListening = true;
    const stream = this.#stream;
    stream.on('data', (chunk: Buffer) => this.#read(chunk));
    stream.on('end', () => this.#end());
  }

  #read(chunk: Buffer): void {
    const { body } = this;
    if (body.isOver) return;
    this.#received += chunk.length;
    const { maxBodyBytes } = this.#server.limits;
    if (this.#received > maxBodyBytes) {
      return this.#refuse(new RefusedMessageError('BODY_TOO_LARGE'));
    }
    this.#pace.note(chunk.length, this.#server.wheel.now);
    if (!body.push(chunk, false)) this.pause();
  }

  #end(): void {
    const { body } = this;
    // A stream that was reset also ends; while nothing is answered, there is no other way for it to be closed.
    if (body.isOver || this.#stream.closed) return;
    if (body.length !== undefined && this.#received !== body.length) {
      return this.#refuse(new RefusedMessageError('BODY_CUT_SHORT'));
    }
    this.#server.wheel.remove(this.#deadline);
    body.finish(this.#trailers);
  }

  #take(trailers: IncomingHttpHeaders): void {
    const raw: string[] = [];
    for (const [name, value] of Object.entries(trailers)) {
      if (TOO_LATE.has(name)) return this.#refuse(new RefusedMessageError('TRAILER_FORBIDDEN'));
      for (const one of Array.isArray(value) ? value : [value ?? '']) raw.push(name, one);
    }
    this.#trailers = raw;
  }

  #refuse(error: RefusedMessageError): void {
    if (this.body.isOver) return;
    this.#server.wheel.remove(this.#deadline);
    this.#stream.pause();
    this.#options.refuse(error);
    this.body.fail(error);
  }

  #watch(): void {
    const { wheel, bodyIdleTimeoutMs } = this.#server;
    if (this.body.isOver) return;
    this.#pace.start(wheel.now);
    wheel.set(this.#deadline, bodyIdleTimeoutMs);
  }
}
