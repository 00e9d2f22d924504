/** One client for both versions of HTTP, made of Node's own, so that one suite can examine them alike. */
import {
  Agent as HttpAgent,
  type ClientRequest,
  type IncomingMessage,
  request as askHttp,
} from 'node:http';
import {
  type ClientHttp2Stream,
  connect as connectHttp2,
  type OutgoingHttpHeaders,
} from 'node:http2';
import { Agent as HttpsAgent, request as askHttps } from 'node:https';
import { onTestFinished } from 'vitest';
import { SERVER_CERTIFICATE } from './certificate.ts';

/** What a client asks. */
export interface Question {
  readonly method?: string;
  readonly target?: string;
  readonly headers?: Readonly<Record<string, string | string[]>>;
  /** A whole body. */
  readonly body?: string | Uint8Array;
  /** Whether a body is written bit by bit, to be ended by `end`. */
  readonly isOpen?: boolean;
}

/** What came back, as far as it came. */
export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
  readonly body: Buffer;
  readonly trailers: Readonly<Record<string, string | string[] | undefined>>;
  /** Whether a client has to take it for the whole. */
  readonly isWhole: boolean;
}

/** One question under way. */
export interface Asked {
  /** The interim answers so far. */
  readonly informed: number[];
  /** The first answer 100. */
  readonly continued: Promise<void>;
  /** The status, as soon as the head is there; 0 if there was none. */
  readonly status: Promise<number>;
  /** All of it; its status is 0 if there was no head. */
  readonly reply: Promise<Reply>;
  /** How many bytes of the answer have come. */
  readonly received: number;
  /** Sends a piece of an open body; `false` if the server does not take it. */
  write(bytes: string | Uint8Array): boolean;
  /** Ends an open body. */
  end(trailers?: Readonly<Record<string, string>>): void;
  onDrain(listener: () => void): void;
  /** Takes nothing until it is told to. */
  pause(): void;
  resume(): void;
  /** Leaves. */
  leave(): void;
}

/** A client. */
export interface ContractClient {
  ask(question?: Question): Asked;
}

/** How a client reaches its server. */
export interface ClientOptions {
  readonly port: number;
  readonly isSecure: boolean;
}

const HOST = '127.0.0.1';

/** What both kinds of question have in common. */
abstract class Gathering {
  readonly informed: number[] = [];
  readonly continued: Promise<void>;
  readonly status: Promise<number>;
  readonly reply: Promise<Reply>;
  protected gaveStatus: (status: number) => void = () => {};
  protected gaveReply: (reply: Reply) => void = () => {};
  protected gaveContinue: () => void = () => {};
  protected head: Pick<Reply, 'status' | 'headers'> = { status: 0, headers: {} };
  protected trailers: Reply['trailers'] = {};
  readonly #chunks: Buffer[] = [];

  constructor() {
    this.continued = new Promise((resolve) => (this.gaveContinue = resolve));
    this.status = new Promise((resolve) => (this.gaveStatus = resolve));
    this.reply = new Promise((resolve) => (this.gaveReply = resolve));
  }

  get received(): number {
    return this.#chunks.reduce((sum, { length }) => sum + length, 0);
  }

  protected took(chunk: Buffer): void {
    this.#chunks.push(chunk);
  }

  protected over(isWhole: boolean): void {
    const body = Buffer.concat(this.#chunks);
    const { head, trailers } = this;
    this.gaveStatus(head.status);
    this.gaveReply({ ...head, body, text: body.toString(), trailers, isWhole });
  }
}

class AskedHttp1 extends Gathering implements Asked {
  readonly #request: ClientRequest;
  #response: IncomingMessage | undefined;
  #isPaused = false;

  constructor(request: ClientRequest) {
    super();
    this.#request = request;
    request.on('information', ({ statusCode }) => this.informed.push(statusCode));
    request.on('continue', () => this.gaveContinue());
    request.on('response', (response) => this.#begin(response));
    request.on('error', () => {});
    request.on('close', () => this.over(this.#response?.complete === true));
  }

  write(bytes: string | Uint8Array): boolean {
    return this.#request.write(bytes);
  }

  end(trailers?: Readonly<Record<string, string>>): void {
    if (trailers) this.#request.addTrailers(trailers);
    this.#request.end();
  }

  onDrain(listener: () => void): void {
    this.#request.once('drain', listener);
  }

  pause(): void {
    this.#isPaused = true;
    this.#response?.pause();
  }

  resume(): void {
    this.#isPaused = false;
    this.#response?.resume();
  }

  leave(): void {
    this.#request.destroy();
  }

  #begin(response: IncomingMessage): void {
    this.#response = response;
    this.head = { status: response.statusCode ?? 0, headers: response.headers };
    response.on('data', (chunk: Buffer) => this.took(chunk));
    response.on('error', () => {});
    response.on('end', () => (this.trailers = response.trailers));
    if (this.#isPaused) response.pause();
    this.gaveStatus(this.head.status);
  }
}

class AskedHttp2 extends Gathering implements Asked {
  readonly #stream: ClientHttp2Stream;
  #hasEnded = false;

  constructor(stream: ClientHttp2Stream) {
    super();
    this.#stream = stream;
    stream.on('headers', (headers) => this.informed.push(Number(headers[':status'])));
    stream.on('continue', () => this.gaveContinue());
    stream.on('response', (headers) => {
      this.head = { status: Number(headers[':status']), headers };
      this.gaveStatus(this.head.status);
    });
    stream.on('trailers', (trailers) => (this.trailers = trailers));
    stream.on('data', (chunk: Buffer) => this.took(chunk));
    stream.on('end', () => (this.#hasEnded = true));
    stream.on('error', () => {});
    stream.on('close', () => this.over(this.#hasEnded && stream.rstCode === 0));
  }

  write(bytes: string | Uint8Array): boolean {
    return this.#stream.write(bytes);
  }

  end(trailers?: Readonly<Record<string, string>>): void {
    if (trailers) this.#stream.once('wantTrailers', () => this.#stream.sendTrailers(trailers));
    this.#stream.end();
  }

  onDrain(listener: () => void): void {
    this.#stream.once('drain', listener);
  }

  pause(): void {
    this.#stream.pause();
  }

  resume(): void {
    this.#stream.resume();
  }

  leave(): void {
    this.#stream.close(8);
  }
}

/** What was asked of a server that is gone. */
class Unasked extends Gathering implements Asked {
  constructor() {
    super();
    this.over(false);
  }

  write(): boolean {
    return true;
  }

  end(): void {}
  onDrain(): void {}
  pause(): void {}
  resume(): void {}
  leave(): void {}
}

/** A client of HTTP/1 that keeps its connection. */
export function http1Client({ port, isSecure }: ClientOptions): ContractClient {
  const agent = isSecure
    ? new HttpsAgent({ keepAlive: true, ca: SERVER_CERTIFICATE.cert })
    : new HttpAgent({ keepAlive: true });
  onTestFinished(() => agent.destroy());
  return {
    ask({ method = 'GET', target = '/', headers = {}, body, isOpen = false } = {}) {
      const ask = isSecure ? askHttps : askHttp;
      const request = ask({ host: HOST, port, agent, method, path: target, headers });
      const asked = new AskedHttp1(request);
      if (isOpen) request.flushHeaders();
      else request.end(body);
      return asked;
    },
  };
}

/** A client of HTTP/2 with one connection. */
export function http2Client({ port, isSecure }: ClientOptions): ContractClient {
  const session = connectHttp2(`${isSecure ? 'https' : 'http'}://${HOST}:${port}`, {
    ca: SERVER_CERTIFICATE.cert,
  });
  session.on('error', () => {});
  onTestFinished(() => session.destroy());
  return {
    ask({ method = 'GET', target = '/', headers = {}, body, isOpen = false } = {}) {
      const own: OutgoingHttpHeaders = { ...headers, ':method': method, ':path': target };
      const length = body === undefined ? 0 : Buffer.byteLength(body);
      if (length > 0) own['content-length'] = String(length);
      const endStream = !isOpen && length === 0;
      if (session.closed || session.destroyed) return new Unasked();
      const stream = session.request(own, { endStream, waitForTrailers: isOpen });
      // Without trailers the stream ends with nothing behind it.
      if (!isOpen && !endStream) stream.end(body);
      return new AskedHttp2(stream);
    },
  };
}
