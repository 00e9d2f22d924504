/** An origin that plays scripts of bytes: it answers, stalls, resets and half closes as it is told, and keeps what it was sent. */
import { once } from 'node:events';
import { createServer, type ListenOptions, type Server, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

/** A request as it stood on the wire. */
export interface OriginRequest {
  readonly method: string;
  readonly target: string;
  /** The head with its line breaks, without the empty line. */
  readonly head: string;
  readonly body: Buffer;
  /** How the end of the body was known. */
  readonly framing: 'none' | 'length' | 'chunked';
  /** All values of a header, by its name in lower case. */
  all(name: string): readonly string[];
}

/** One connection that an origin has accepted. */
export class OriginConnection {
  readonly socket: Socket;
  /** True once the other end has ended its side. */
  hasEnded = false;
  /** True once the connection is gone. */
  hasClosed = false;
  errorCode: string | undefined;
  #received = Buffer.alloc(0);
  #at = 0;
  #waiting: (() => void)[] = [];

  constructor(socket: Socket) {
    this.socket = socket;
    socket.setNoDelay(true);
    socket.on('data', (bytes: Buffer) => {
      this.#received = Buffer.concat([this.#received.subarray(this.#at), bytes]);
      this.#at = 0;
      this.#changed();
    });
    socket.on('end', () => {
      this.hasEnded = true;
      this.#changed();
    });
    socket.on('close', () => {
      this.hasClosed = true;
      this.#changed();
    });
    socket.on('error', (error: NodeJS.ErrnoException) => {
      this.errorCode = error.code;
    });
  }

  /** What has come behind the last request that was read. */
  get rest(): Buffer {
    return this.#received.subarray(this.#at);
  }

  /** The head of the next request, which is not taken away. */
  head(): Promise<string> {
    return this.until(() => headOf(this.rest), 'a head');
  }

  /** The next request, when it is whole. */
  async request(): Promise<OriginRequest> {
    const { request, length } = await this.until(() => readRequest(this.rest), 'a whole request');
    this.#at += length;
    return request;
  }

  /** Answers the next requests, each when it is whole. */
  async answer(...answers: readonly (string | Uint8Array)[]): Promise<void> {
    for (const answer of answers) {
      await this.request();
      this.send(answer);
    }
  }

  /** Sends bytes. */
  send(bytes: string | Uint8Array): this {
    this.socket.write(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes);
    return this;
  }

  /** Sends bytes one at a time, each when the last one has left. */
  async sendSlowly(bytes: string | Uint8Array): Promise<void> {
    const all = typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes;
    for (const byte of all) {
      if (this.socket.destroyed) return;
      await new Promise<void>((resolve) => this.socket.write(Buffer.of(byte), () => resolve()));
    }
  }

  /** Ends its side, and still reads. */
  end(bytes: string | Uint8Array = ''): this {
    this.socket.end(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes);
    return this;
  }

  /** Ends so that the other end sees a reset. */
  reset(): void {
    this.socket.resetAndDestroy();
  }

  /** True once the other end has ended its side, or the connection is gone. */
  get isLeft(): boolean {
    return this.hasEnded || this.hasClosed;
  }

  /** Waits until the other end has ended its side, or the connection is gone. */
  async left(): Promise<void> {
    while (!this.isLeft) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  /** Waits until `found` gives something else than undefined. */
  async until<T>(found: () => T | undefined, what = 'what it waits for'): Promise<T> {
    for (;;) {
      const value = found();
      if (value !== undefined) return value;
      if (this.isLeft) {
        throw new Error(
          `left (${this.errorCode ?? 'in order'}) without ${what}, behind ${JSON.stringify(this.rest.toString('latin1').slice(0, 300))}`,
        );
      }
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  #changed(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const go of waiting) go();
  }
}

/** What an origin does with a connection. What it throws when the other end has gone is no matter. */
export type OriginScript = (connection: OriginConnection, number: number) => unknown;

/** How an origin listens. */
export interface OriginOptions {
  readonly host?: string;
  readonly port?: number;
  readonly path?: string;
  /** Listens in place of a plain server. */
  readonly server?: Server;
}

/** An origin that plays a script. */
export class ScriptedOrigin {
  readonly port: number;
  /** Every connection that it has accepted. */
  readonly connections: OriginConnection[];
  readonly server: Server;
  readonly #sockets = new Set<Socket>();
  #waiting: (() => void)[];

  constructor(server: Server, connections: OriginConnection[], waiting: (() => void)[]) {
    const address = server.address();
    // Also those that never come so far that they are connections to us.
    server.on('connection', (socket: Socket) => this.#sockets.add(socket));
    this.server = server;
    this.port = address && typeof address === 'object' ? address.port : 0;
    this.connections = connections;
    this.#waiting = waiting;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** The connections that the other end has not left. */
  get open(): readonly OriginConnection[] {
    return this.connections.filter(({ isLeft }) => !isLeft);
  }

  /** The connection with the number, counted from 0, when it has come. */
  async connection(number = 0): Promise<OriginConnection> {
    for (;;) {
      const found = this.connections[number];
      if (found) return found;
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  /** Takes no more connections. */
  async stopListening(): Promise<void> {
    if (this.server.listening)
      await new Promise<void>((resolve) => {
        this.server.close(() => resolve());
        for (const socket of this.#sockets) socket.destroy();
      });
  }
}

/** Starts an origin on a free port of the loopback; it is gone when the test is over. */
export async function startOrigin(
  script: OriginScript = () => {},
  { server = createServer({ allowHalfOpen: true }), ...where }: OriginOptions = {},
): Promise<ScriptedOrigin> {
  const connections: OriginConnection[] = [];
  const waiting: (() => void)[] = [];
  const isTls = 'setSecureContext' in server;
  server.on(isTls ? 'secureConnection' : 'connection', (socket: Socket) => {
    const connection = new OriginConnection(socket);
    connections.push(connection);
    for (const go of waiting.splice(0)) go();
    Promise.resolve(script(connection, connections.length - 1)).catch((error: unknown) => {
      if (!connection.hasClosed) socket.destroy(error as Error);
    });
  });
  const listen: ListenOptions = where.path ? where : { host: '127.0.0.1', port: 0, ...where };
  server.listen(listen);
  await once(server, 'listening');
  const origin = new ScriptedOrigin(server, connections, waiting);
  onTestFinished(() => origin.stopListening());
  return origin;
}

/** A whole answer with a body of known length. */
export function ok(body = '', headers = ''): string {
  return `HTTP/1.1 200 OK\r\nContent-Length: ${Buffer.byteLength(body)}\r\n${headers}\r\n${body}`;
}

/** An origin that answers every request with the same bytes. */
export function always(answer: string | Uint8Array): OriginScript {
  return async (connection) => {
    for (;;) await connection.answer(answer);
  };
}

function headOf(bytes: Buffer): string | undefined {
  const end = bytes.indexOf('\r\n\r\n', 0, 'latin1');
  return end < 0 ? undefined : bytes.toString('latin1', 0, end + 2);
}

function readRequest(bytes: Buffer): { request: OriginRequest; length: number } | undefined {
  const head = headOf(bytes);
  if (head === undefined) return undefined;
  const [first = '', ...lines] = head.slice(0, -2).split('\r\n');
  const line = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+) ([\x21-\x7e]+) HTTP\/1\.1$/.exec(first);
  if (!line) throw new Error(`not a request line: ${JSON.stringify(first)}`);
  const all = (name: string): string[] =>
    lines
      .filter((one) => one.toLowerCase().startsWith(`${name}:`))
      .map((one) => one.slice(name.length + 1).trim());
  const from = head.length + 2;
  const [coding, ...codings] = all('transfer-encoding');
  const [length, ...lengths] = all('content-length');
  if (codings.length || lengths.length || (coding && length)) throw new Error('two framings');
  const read = coding ? readChunks(bytes, from) : readCounted(bytes, from, Number(length ?? 0));
  if (!read) return undefined;
  const framing = coding ? 'chunked' : length === undefined ? 'none' : 'length';
  const [, method = '', target = ''] = line;
  return { request: { method, target, head, body: read.body, framing, all }, length: read.end };
}

function readCounted(bytes: Buffer, from: number, length: number) {
  const end = from + length;
  return bytes.length < end ? undefined : { body: bytes.subarray(from, end), end };
}

function readChunks(bytes: Buffer, from: number): { body: Buffer; end: number } | undefined {
  const chunks: Buffer[] = [];
  let at = from;
  for (;;) {
    const lineEnd = bytes.indexOf('\r\n', at, 'latin1');
    if (lineEnd < 0) return undefined;
    const text = bytes.toString('latin1', at, lineEnd);
    if (!/^[0-9a-f]+$/.test(text)) throw new Error(`not a chunk size: ${text}`);
    const size = Number.parseInt(text, 16);
    const end = lineEnd + 2 + size + 2;
    if (bytes.length < end) return undefined;
    if (bytes.toString('latin1', end - 2, end) !== '\r\n') throw new Error('a chunk has no end');
    if (size === 0) return { body: Buffer.concat(chunks), end };
    chunks.push(bytes.subarray(lineEnd + 2, end - 2));
    at = end;
  }
}
