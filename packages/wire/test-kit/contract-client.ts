/** One client for both versions of HTTP, made of Node's own, so that one suite can examine them alike. */
import {
  Agent as HttpAgent,
  type ClientRequest,
  type IncomingMessage,
  request as askHttp,
} from 'node:http';
import { type ClientHttp2Stream, connect as connectHttp2 } from 'node:http2';
import { Agent as HttpsAgent, request as askHttps } from 'node:https';
import { onTestFinished } from 'vitest';
import { SERVER_CERTIFICATE } from './certificate.ts';
import { gate } from './running-server.ts';

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

type Headers = Readonly<Record<string, string | string[] | undefined>>;

/** What came back, as far as it came. */
export interface Reply {
  /** 0 if there was no head. */
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly body: Buffer;
  readonly trailers: Headers;
  /** Whether a client has to take it for the whole. */
  readonly isWhole: boolean;
}

/** One question under way. */
export interface Asked {
  /** The interim answers so far. */
  readonly informed: readonly number[];
  /** The first answer 100. */
  readonly continued: Promise<void>;
  /** The status, as soon as the head is there. */
  readonly status: Promise<number>;
  readonly reply: Promise<Reply>;
  /** Sends a piece of an open body; `false` if the server does not take it. */
  write(bytes: string | Uint8Array): boolean;
  onDrain(listener: () => void): void;
  /** Ends an open body. */
  end(trailers?: Readonly<Record<string, string>>): void;
  /** Takes nothing until it is told to. */
  pause(): void;
  resume(): void;
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
const CANCEL = 8;

/** Gathers what comes back. */
function gathering() {
  const continued = gate();
  const status = gate<number>();
  const reply = gate<Reply>();
  const chunks: Buffer[] = [];
  const informed: number[] = [];
  let head: Pick<Reply, 'status' | 'headers'> = { status: 0, headers: {} };
  let trailers: Headers = {};
  return {
    told: {
      informed,
      continued: continued.opened,
      status: status.opened,
      reply: reply.opened,
    },
    inform: (code: number) => void informed.push(code),
    goOn: () => continued.open(),
    chunk: (bytes: Buffer) => void chunks.push(bytes),
    trailers: (headers: Headers) => void (trailers = headers),
    head: (code: number, headers: Headers) => {
      head = { status: code, headers };
      status.open(code);
    },
    over: (isWhole: boolean) => {
      const body = Buffer.concat(chunks);
      status.open(head.status);
      reply.open({ ...head, body, text: body.toString(), trailers, isWhole });
    },
  };
}

function askedHttp1(request: ClientRequest): Asked {
  const gathered = gathering();
  let response: IncomingMessage | undefined;
  let isPaused = false;
  request.on('information', ({ statusCode }) => gathered.inform(statusCode));
  request.on('continue', gathered.goOn);
  request.on('error', () => {});
  request.on('close', () => gathered.over(response?.complete === true));
  request.on('response', (message) => {
    response = message;
    gathered.head(message.statusCode ?? 0, message.headers);
    message.on('data', gathered.chunk);
    message.on('error', () => {});
    message.on('end', () => gathered.trailers(message.trailers));
    if (isPaused) message.pause();
  });
  return {
    ...gathered.told,
    write: (bytes) => request.write(bytes),
    onDrain: (listener) => void request.once('drain', listener),
    end: (trailers) => {
      if (trailers) request.addTrailers(trailers);
      request.end();
    },
    pause: () => {
      isPaused = true;
      response?.pause();
    },
    resume: () => {
      isPaused = false;
      response?.resume();
    },
    leave: () => void request.destroy(),
  };
}

function askedHttp2(stream: ClientHttp2Stream): Asked {
  const gathered = gathering();
  let hasEnded = false;
  stream.on('headers', (headers) => gathered.inform(Number(headers[':status'])));
  stream.on('continue', gathered.goOn);
  stream.on('response', (headers) => gathered.head(Number(headers[':status']), headers));
  stream.on('trailers', gathered.trailers);
  stream.on('data', gathered.chunk);
  stream.on('end', () => (hasEnded = true));
  stream.on('error', () => {});
  stream.on('close', () => gathered.over(hasEnded && stream.rstCode === 0));
  return {
    ...gathered.told,
    write: (bytes) => stream.write(bytes),
    onDrain: (listener) => void stream.once('drain', listener),
    end: (trailers) => {
      if (trailers) stream.once('wantTrailers', () => stream.sendTrailers(trailers));
      stream.end();
    },
    pause: () => void stream.pause(),
    resume: () => void stream.resume(),
    leave: () => stream.close(CANCEL),
  };
}

/** What was asked of a server that is gone. */
function askedNobody(): Asked {
  const gathered = gathering();
  gathered.over(false);
  const nothing = (): void => {};
  return {
    ...gathered.told,
    write: () => true,
    onDrain: nothing,
    end: nothing,
    pause: nothing,
    resume: nothing,
    leave: nothing,
  };
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
      const asked = askedHttp1(request);
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
      if (session.closed || session.destroyed) return askedNobody();
      const length = body === undefined ? 0 : Buffer.byteLength(body);
      const endStream = !isOpen && length === 0;
      const stream = session.request(
        {
          ...headers,
          ...(length > 0 && { 'content-length': String(length) }),
          ':method': method,
          ':path': target,
        },
        { endStream, waitForTrailers: isOpen },
      );
      if (!isOpen && !endStream) stream.end(body);
      return askedHttp2(stream);
    },
  };
}
