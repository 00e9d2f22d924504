/** The request of an exchange in the shape in which `node:http` hands it to its listeners. */
import { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { Exchange } from '@interpose/wire';

/** What the message of Node fills its headers from; not in its types. */
interface Fillable {
  _addHeaderLines(raw: string[], count: number): void;
}

/** A request that is read from an exchange. Headers and their folding are Node's, everything that came by the wire is ours. */
export class NodeRequest extends IncomingMessage {
  readonly #exchange: Exchange;
  #isReading = false;

  constructor(exchange: Exchange, socket: Socket) {
    super(socket);
    this.#exchange = exchange;
    this.method = exchange.method;
    this.url = exchange.target;
    this.httpVersion = exchange.version;
    this.httpVersionMajor = Number(exchange.version[0]);
    this.httpVersionMinor = Number(exchange.version[2]);
    const raw = [...exchange.rawHeaders];
    (this as unknown as Fillable)._addHeaderLines(raw, raw.length);
    if (exchange.body === null) this.#finish([]);
  }

  override _read(): void {
    const { body } = this.#exchange;
    if (!body || body.isRead || this.#isReading) return body?.resume();
    this.#isReading = true;
    body.readInto({
      chunk: (bytes) => this.push(Buffer.from(bytes)),
      end: (trailers) => this.#finish(trailers),
      fail: () => this.abandon(),
    });
  }

  /** The rest will not come. */
  abandon(): void {
    if (!this.destroyed) this.destroy(reset('aborted'));
  }

  /** Nobody reads it any more, as its answer is given. */
  dump(): void {
    if (!this.#isReading) this.#exchange.body?.cancel();
    this.complete = true;
    if (!this.readableEnded && !this.#isReading) this.push(null);
    this.resume();
  }

  #finish(trailers: readonly string[]): void {
    this.complete = true;
    if (trailers.length > 0) {
      (this as unknown as Fillable)._addHeaderLines([...trailers], trailers.length);
    }
    this.push(null);
  }
}

function reset(message: string): Error {
  return Object.assign(new Error(message), { code: 'ECONNRESET' });
}
