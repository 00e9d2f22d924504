/** One HTTP/2 connection of a server: many requests at once, each with a stream of its own, and bounds for what a client may do with them. */
import {
  performServerHandshake,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { RefusedMessageError } from '../errors.ts';
import { type AnswerOwner, Http2AnswerWriter } from './http2-answer-writer.ts';
import { Http2Body } from './http2-body.ts';
import { type Http2Head, readHttp2Head } from './http2-head.ts';
import { Http2Stream, type StreamConnection } from './http2-stream.ts';
import { PROBLEM_HEADERS, problemDocument } from '../exchange/problem.ts';
import type { Ends } from '../exchange/exchange.ts';
import { runHandler } from '../exchange/run-handler.ts';
import type { ServerState } from '../exchange/server-state.ts';
import { Deadline, type Timed } from '../timer-wheel.ts';

/** What a client may do with its streams. */
export interface Http2Limits {
  readonly maxConcurrentStreams: number;
  readonly maxStreamResets: number;
}

/** For so long a reset of a stream is remembered. */
const RESETS_MS = 30_000;
/** Room above our own limits, so that a head that breaks them gets an answer and not just a reset. */
const SLACK = 2;

/** So many bytes do not go out for a ping alone. */
const MOVED_BYTES = 1024;

const NO_ERROR = 0;
const CANCEL = 8;
const ENHANCE_YOUR_CALM = 11;

/** One HTTP/2 connection. */
export class Http2Connection implements StreamConnection, Timed {
  readonly ends: Ends;
  readonly server: ServerState;
  readonly #socket: Duplex;
  readonly #session: ServerHttp2Session;
  readonly #limits: Http2Limits;
  /** For what has to come, for the end, and for a look whether the client is still there. */
  readonly #deadline: Deadline;
  #streams = 0;
  #requests = 0;
  #resets = 0;
  #resetsSinceMs = 0;
  #isEnding = false;
  /** How many bytes had come, and how many had gone, when it was looked last. */
  #read = -1;
  #written = 0;
  /** A ping has gone out, and nothing has come of it. */
  #isPinged = false;

  constructor(socket: Duplex, ends: Ends, { server, limits }: Http2ConnectionOptions) {
    this.ends = ends;
    this.server = server;
    this.#socket = socket;
    this.#limits = limits;
    this.#deadline = new Deadline(this);
    const session = (this.#session = performServerHandshake(socket, this.#options()));
    session.on('stream', (...[stream, , , raw]: StreamEvent) => this.#take(stream, raw));
    session.once('remoteSettings', () => this.#rest());
    session.on('error', ignore);
    session.once('close', () => this.#ended());
    socket.once('end', () => socket.destroy());
    socket.on('error', ignore);
    server.wheel.set(this.#deadline, server.headTimeoutMs);
  }

  /** Takes no more requests, and ends the connection when those under way are answered. */
  closeSoon(): void {
    if (this.#isEnding || this.#session.destroyed) return;
    this.#isEnding = true;
    this.#session.close();
    this.#rest();
  }

  // What an exchange says.

  settled(left: boolean): void {
    this.server.inFlight--;
    if (left) this.server.clientsLeft++;
  }

  closed(): void {
    this.#streams--;
    this.#rest();
  }

  stalled(stream: ServerHttp2Stream): void {
    // If it does not even take the news that it is too slow, the connection is dead.
    if (stream.closed) return void this.#socket.destroy();
    stream.close(CANCEL);
  }

  /** Nobody asks for anything, or nobody takes the end, or nothing moves though something is asked for. */
  onDue(): void {
    if (this.#streams > 0) this.#look();
    else if (this.#isEnding) this.#socket.destroy();
    else this.closeSoon();
  }

  /** A client may wait for long, but it has to be there: node:http2 does not tell of every connection that is beyond help. */
  #look(): void {
    const { bytesRead = 0, bytesWritten = 0 } = this.#socket as Partial<Socket>;
    const isStill = bytesRead === this.#read && bytesWritten - this.#written < MOVED_BYTES;
    if (this.#session.destroyed || (isStill && this.#isPinged)) return void this.#socket.destroy();
    this.#read = bytesRead;
    this.#written = bytesWritten;
    this.#isPinged = isStill;
    if (isStill) this.#session.ping(() => (this.#isPinged = false));
    this.server.wheel.set(this.#deadline, this.server.keepAliveMs);
  }

  #options(): Parameters<typeof performServerHandshake>[1] {
    const { maxHeaders, maxHeadBytes } = this.server.limits;
    return {
      maxHeaderListPairs: maxHeaders * SLACK + 8,
      settings: {
        enablePush: false,
        maxConcurrentStreams: this.#limits.maxConcurrentStreams,
        maxHeaderListSize: (maxHeadBytes + maxHeaders * 32) * SLACK,
      },
    };
  }

  #take(stream: ServerHttp2Stream, raw: readonly string[]): void {
    const { server } = this;
    stream.on('error', ignore);
    // Opened and reset at once: nobody needs to hear of it.
    if (stream.closed) return this.#noteReset();
    this.#streams++;
    if (this.#streams === 1) server.wheel.set(this.#deadline, server.keepAliveMs);
    if (++this.#requests >= server.maxRequestsPerConnection) this.closeSoon();
    let head: Http2Head;
    try {
      head = readHttp2Head(raw, server.limits);
      this.#checkLength(stream, head);
    } catch (error) {
      if (!RefusedMessageError.is(error)) throw error;
      return this.#refuse(stream, error, raw);
    }
    const { exchange } = this.#carrier(stream, head);
    exchange.onClientLeft(() => this.#noteReset());
    runHandler(server, exchange);
  }

  #checkLength(stream: ServerHttp2Stream, { fields }: Http2Head): void {
    if (fields.contentLength > this.server.limits.maxBodyBytes) {
      throw new RefusedMessageError('BODY_TOO_LARGE');
    }
    if (fields.contentLength > 0 && stream.endAfterHeaders) {
      throw new RefusedMessageError('BODY_CUT_SHORT');
    }
  }

  #carrier(stream: ServerHttp2Stream, head: Http2Head): Http2Stream {
    const { contentLength, expect } = head.fields;
    if (stream.endAfterHeaders || contentLength === 0) {
      return new Http2Stream(this, { stream, head, body: null });
    }
    const { body } = new Http2Body(stream, this.server, {
      length: contentLength > 0 ? contentLength : undefined,
      expectsContinue: expect !== undefined,
      refuse: (error) => this.server.refuse(error, this.ends, true),
    });
    return new Http2Stream(this, { stream, head, body });
  }

  #refuse(stream: ServerHttp2Stream, error: RefusedMessageError, raw: readonly string[]): void {
    const { status, code, message } = error;
    this.server.refuse(error, this.ends, false);
    const owner: AnswerOwner & { readonly isHead: boolean } = {
      isHead: raw[raw.indexOf(':method') + 1] === 'HEAD',
      drained: () => {},
      finished: () => {
        stream.close(NO_ERROR);
        writer.expectClose();
        stream.resume();
      },
      stalled: () => {
        this.stalled(stream);
        writer.expectClose();
      },
    };
    const writer = new Http2AnswerWriter(stream, this.server, owner);
    stream.on('close', () => {
      writer.closed();
      this.closed();
    });
    writer.answer(status, PROBLEM_HEADERS, problemDocument({ status, code, detail: message }));
  }

  /** A client that opens streams only to reset them has us work for nothing. */
  #noteReset(): void {
    // With the connection all of its streams end, and that is no flood.
    if (this.#socket.destroyed) return;
    const { wheel } = this.server;
    if (wheel.now - this.#resetsSinceMs > RESETS_MS) {
      this.#resetsSinceMs = wheel.now;
      this.#resets = 0;
    }
    if (++this.#resets <= this.#limits.maxStreamResets || this.#session.destroyed) return;
    this.server.floods++;
    this.#isEnding = true;
    this.#session.destroy(new Error('The client resets too many streams'), ENHANCE_YOUR_CALM);
    this.#rest();
  }

  /** Without a stream the connection has its time until the next one, or until it is gone. */
  #rest(): void {
    if (this.#streams > 0 || this.#socket.destroyed) return;
    const { wheel, keepAliveMs, lingerMs } = this.server;
    wheel.set(this.#deadline, this.#isEnding ? lingerMs : keepAliveMs);
  }

  #ended(): void {
    this.server.wheel.remove(this.#deadline);
    this.#socket.destroy();
  }
}

/** What an error has to say, the end of its stream says as well. */
function ignore(): void {}

/** What a connection is made with. */
export interface Http2ConnectionOptions {
  readonly server: ServerState;
  readonly limits: Http2Limits;
}

/** What node:http2 tells of a new stream; the last are names and values in turn. */
type StreamEvent = readonly [ServerHttp2Stream, unknown, unknown, readonly string[]];
