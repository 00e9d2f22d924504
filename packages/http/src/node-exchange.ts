/** One exchange on node:http: the body as it is asked for, the answer as fast as the client takes it. */
import type { Clock } from '@interpose/kernel';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Endpoint, HeadFault, HttpExchange } from './engine.ts';
import { BodyUsedError, ClientLeftError, HttpError } from './errors.ts';
import { headFault } from './head-check.ts';
import { idleTimer } from './idle-timer.ts';

/** How much of a body that nobody wants is read on, to keep the connection and let the answer arrive. */
const LINGER_BYTES = 1024 * 1024;

const BODY_EVENTS = ['readable', 'end', 'close'] as const;

/** What an exchange is told. */
export interface NodeExchangeOptions {
  /** The client waits for `100 Continue` before it sends the body. */
  readonly expects: boolean;
  readonly clock: Clock;
  readonly bodyIdleTimeoutMs: number;
}

/** An exchange on node:http. */
export class NodeExchange implements HttpExchange {
  readonly fault: HeadFault | undefined;
  readonly body: AsyncIterable<Uint8Array> | null;
  readonly peer: Endpoint;
  readonly local: Endpoint;
  readonly #request: IncomingMessage;
  readonly #response: ServerResponse;
  readonly #options: NodeExchangeOptions;
  readonly #leaving: (() => void)[] = [];
  #wake: () => void = () => {};
  #reading = false;
  #ending = false;
  #cut = false;
  #settled: (() => void) | undefined;
  #left = false;

  constructor(request: IncomingMessage, response: ServerResponse, options: NodeExchangeOptions) {
    this.#request = request;
    this.#response = response;
    this.#options = options;
    const { socket, headers } = request;
    this.peer = { address: folded(socket.remoteAddress), port: socket.remotePort ?? 0 };
    this.local = { address: folded(socket.localAddress), port: socket.localPort ?? 0 };
    const hasBody =
      headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
    this.body = hasBody ? { [Symbol.asyncIterator]: () => this.#chunks() } : null;
    this.fault = headFault({
      method: this.method,
      target: this.target,
      version: request.httpVersion,
      rawHeaders: request.rawHeaders,
    });
    request.on('error', () => {});
    response.on('error', () => {});
    response.once('close', () => this.#closed());
  }

  get method(): string {
    return this.#request.method ?? '';
  }

  get target(): string {
    return this.#request.url ?? '';
  }

  get rawHeaders(): readonly string[] {
    return this.#request.rawHeaders;
  }

  get secure(): boolean {
    return 'encrypted' in this.#request.socket;
  }

  get clientLeft(): boolean {
    return this.#left;
  }

  get headSent(): boolean {
    return this.#response.headersSent;
  }

  onClientLeft(listener: () => void): void {
    if (this.#left) listener();
    else this.#leaving.push(listener);
  }

  /** Calls `listener` once when there is nothing more to come. */
  onSettled(listener: () => void): void {
    this.#settled = listener;
  }

  /** The connection ends with this exchange. */
  closeAfter(): void {
    this.#response.shouldKeepAlive = false;
  }

  sendHead(status: number, headers: readonly string[]): void {
    if (this.#left) return;
    // A client that still waits to be told to go on will send no body; without one, the connection is at its end.
    if (this.fault || (this.#options.expects && !this.#reading)) this.closeAfter();
    this.#response.writeHead(status, headers as string[]);
  }

  write(chunk: Uint8Array): Promise<void> | undefined {
    if (this.#left || this.#response.write(chunk)) return undefined;
    return new Promise((resolve) => {
      const go = (): void => {
        this.#response.off('drain', go);
        this.#response.off('close', go);
        resolve();
      };
      this.#response.on('drain', go);
      this.#response.on('close', go);
    });
  }

  end(chunk?: Uint8Array): Promise<void> {
    if (this.#left) return Promise.resolve();
    return new Promise((resolve) => {
      this.#response.once('close', resolve);
      if (chunk) this.#response.end(chunk);
      else this.#response.end();
      this.#linger();
    });
  }

  destroy(): void {
    this.#cut = true;
    const { socket, httpVersion } = this.#request;
    const { headersSent, socket: own } = this.#response;
    // An answer that lasts until the connection ends looks whole when it ends well.
    if (headersSent && httpVersion === '1.0') return void socket.resetAndDestroy();
    if (!headersSent || !own) return void socket.destroy();
    // What was written before reaches the client, if it takes it: the more it has, the better it can tell what happened.
    const { clock, bodyIdleTimeoutMs } = this.#options;
    socket.once(
      'close',
      clock.setTimer(() => socket.destroy(), bodyIdleTimeoutMs, { keepAlive: false }),
    );
    socket.destroySoon();
  }

  #closed(): void {
    this.#left = !this.#response.writableFinished && !this.#cut;
    this.#settled?.();
    if (this.#left) for (const listener of this.#leaving) listener();
  }

  /** The answer is sent: what is left of the body is read away, up to a limit. */
  #linger(): void {
    const request = this.#request;
    this.#ending = true;
    this.#wake();
    if (request.complete) return void request.resume();
    let bytes = 0;
    request.on('data', (chunk: Uint8Array) => {
      bytes += chunk.length;
      if (bytes > LINGER_BYTES) request.socket.destroy();
    });
    const cancel = this.#options.clock.setTimer(
      () => request.socket.destroy(),
      this.#options.bodyIdleTimeoutMs,
      { keepAlive: false },
    );
    request.once('end', cancel);
    request.once('close', cancel);
    request.resume();
  }

  /** Reads without the stream's own iterator, which would break the connection over an answer still to be given. */
  async *#chunks(): AsyncGenerator<Uint8Array, void, undefined> {
    if (this.#reading) throw new BodyUsedError();
    const request = this.#request;
    const { expects, clock, bodyIdleTimeoutMs } = this.#options;
    let late = false;
    const wake = (): void => this.#wake();
    const idle = idleTimer(clock, bodyIdleTimeoutMs, () => {
      late = true;
      wake();
    });
    this.#reading = true;
    if (expects) this.#response.writeContinue();
    for (const event of BODY_EVENTS) request.on(event, wake);
    try {
      while (!this.#ending && !late) {
        const chunk = request.read() as Uint8Array | null;
        if (chunk) yield chunk;
        else if (request.readableEnded) return;
        else if (request.destroyed) throw new ClientLeftError();
        else {
          idle.wait();
          await new Promise<void>((resolve) => (this.#wake = resolve));
          idle.rest();
        }
      }
      if (late) throw new HttpError(408, 'The body of the request stopped coming');
    } finally {
      idle.stop();
      for (const event of BODY_EVENTS) request.off(event, wake);
    }
  }
}

/** An address without the dress that IPv4 wears on an IPv6 socket. */
function folded(address = ''): string {
  return address.startsWith('::ffff:') && address.includes('.') ? address.slice(7) : address;
}
