/** NodeExchange: a request of node:http and the answer to it, as apps take them from the engine. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import {
  AnswerOrderError,
  BodyLengthError,
  type Exchange,
  type IncomingBody,
  type Upgraded,
} from '@interpose/wire';
import { isBodiless } from '../answer/send.ts';
import { addHeaders } from './host-headers.ts';
import { type HostFacts, NodeSource } from './node-source.ts';

/** By what an answer goes out: the functions of a response, or those that it had before others were put in their place. */
export type Outlet = Pick<
  ServerResponse,
  'setHeader' | 'removeHeader' | 'writeHead' | 'flushHeaders' | 'write' | 'end'
>;

/** A request of node:http and the answer to it. */
export class NodeExchange extends NodeSource implements Exchange {
  readonly upgrade: undefined;
  /** By what the answer goes out. */
  outlet: Outlet;
  #isBlocked = false;
  #onDrain: (() => void)[] = [];
  #go: (() => void) | undefined;
  #hasHead = false;
  #hasEnded = false;
  #isCut = false;
  /** How many bytes of the body the head still promises. */
  #promised: number | undefined;

  constructor(req: IncomingMessage, res: ServerResponse, facts?: HostFacts) {
    super(req, res, facts);
    this.outlet = res;
  }

  get headSent(): boolean {
    return this.#hasHead;
  }

  header(name: string): string | undefined {
    const value = this.req.headers[name];
    return Array.isArray(value) ? value.join(', ') : value;
  }

  answer(status: number, headers: readonly string[], body: string | Uint8Array = ''): void {
    if (this.#isGone()) return;
    const size = typeof body === 'string' ? Buffer.byteLength(body) : body.byteLength;
    // What stands there for a body that is not sent is somebody's promise of the one that would be.
    const isKept = size === 0 && (this.method === 'HEAD' || status === 304);
    const length = status === 204 ? null : isKept ? undefined : size;
    this.#sendHead(status, headers, length);
    this.#hasEnded = true;
    if (isBodiless(this.method, status)) return void this.outlet.end();
    this.sentBytes += size;
    this.outlet.end(body);
  }

  /** Node has words for a few of them only, and hosts rarely let them through; so none are sent. */
  sendInformation(): void {}

  sendHead(status: number, headers: readonly string[]): void {
    if (this.#isGone()) return;
    const promised = this.#sendHead(status, headers, undefined);
    this.#promised = isBodiless(this.method, status) ? undefined : promised;
    this.outlet.flushHeaders();
  }

  write(chunk: string | Uint8Array): boolean {
    if (this.#isGone()) return true;
    this.#needHead();
    this.#count(chunk);
    const isFast = this.outlet.write(chunk);
    if (!isFast) this.#waitForDrain();
    return isFast;
  }

  onDrain(listener: () => void): void {
    if (this.#isOver() || !this.#isBlocked) listener();
    else this.#onDrain.push(listener);
  }

  end(chunk: string | Uint8Array = '', trailers: readonly string[] = []): void {
    if (this.#isGone()) return;
    this.#needHead();
    this.#count(chunk);
    if (this.#promised) throw new BodyLengthError(this.#promised + this.sentBytes, 'fewer');
    this.#hasEnded = true;
    if (trailers.length) this.res.addTrailers(pairsOf(trailers));
    if (chunk.length) this.outlet.end(chunk);
    else this.outlet.end();
  }

  splice(body: IncomingBody, failed?: (error: Error) => void): void {
    if (this.#isGone()) return body.cancel();
    this.#needHead();
    const fail = (error: Error): void => {
      failed?.(error);
      this.destroy();
    };
    const attempt = (act: () => boolean): boolean => {
      try {
        return act();
      } catch (error) {
        body.cancel();
        fail(error as Error);
        return true;
      }
    };
    this.onSettled(() => body.isOver || body.cancel());
    body.readInto({
      chunk: (bytes) =>
        attempt(() => {
          const isFast = this.write(body.keep(bytes));
          if (!isFast) this.onDrain(() => body.resume());
          return isFast;
        }),
      end: (trailers) => void attempt(() => (this.end('', trailers), true)),
      fail,
    });
  }

  takeOver(): Upgraded {
    throw new AnswerOrderError('The host does not give its connection away');
  }

  destroy(): void {
    if (this.#isOver() && this.res.writableFinished) return;
    this.#isCut = true;
    this.breakOff();
  }

  #waitForDrain(): void {
    this.#isBlocked = true;
    if (this.#go) return;
    const go = (this.#go = (): void => {
      this.#isBlocked = false;
      for (const listener of this.#onDrain.splice(0)) listener();
    });
    this.res.on('drain', go);
    this.onSettled(go);
  }

  /** Gives the length that the head promises, if it does. */
  #sendHead(
    status: number,
    headers: readonly string[],
    length: number | null | undefined,
  ): number | undefined {
    if (this.#hasHead) throw new AnswerOrderError('The answer has a head already');
    const promised = addHeaders(this.res, this.outlet, { headers, length });
    this.#hasHead = true;
    this.outlet.writeHead(status);
    return promised;
  }

  #needHead(): void {
    if (!this.#hasHead) throw new AnswerOrderError('The answer has no head yet');
  }

  #count(chunk: string | Uint8Array): void {
    const size = typeof chunk === 'string' ? Buffer.byteLength(chunk) : chunk.byteLength;
    if (this.#promised !== undefined) {
      if (size > this.#promised) {
        throw new BodyLengthError(this.#promised + this.sentBytes, 'more');
      }
      this.#promised -= size;
    }
    this.sentBytes += size;
  }

  #isOver(): boolean {
    return this.clientLeft || this.#isCut || this.#hasEnded;
  }

  /** True if nobody is there to be answered; what is said then goes nowhere, and is no mistake. */
  #isGone(): boolean {
    if (this.clientLeft || this.#isCut) return true;
    if (this.#hasEnded) throw new AnswerOrderError('The answer has ended already');
    return false;
  }
}

function pairsOf(raw: readonly string[]): Record<string, string> {
  const pairs: Record<string, string> = {};
  for (let at = 0; at + 1 < raw.length; at += 2) pairs[raw[at] as string] = raw[at + 1] as string;
  return pairs;
}
