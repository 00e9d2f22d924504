/** HeldAnswer: keeps back what a host answers with, until those round it have said what becomes of it. */
import type { OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { ClientLeftError, IncomingBody } from '@interpose/wire';
import type { HttpResponse } from '../context/response.ts';
import { addHeaders, restoreHeaders, takeHeaders } from './host-headers.ts';
import { type Chunk, later, pairsOf, sentAlready, textOf, whenOut } from './host-writes.ts';
import type { Outlet } from './node-exchange.ts';
import type { NodeSource } from './node-source.ts';

/** What is put in the place of functions of the response. */
const REPLACED = [
  'setHeader',
  'appendHeader',
  'removeHeader',
  'writeHead',
  'flushHeaders',
  'write',
  'end',
] as const;

/** The answer of a host, before it goes out. */
export class HeldAnswer {
  /** By what an answer goes out all the same. */
  readonly outlet: Outlet;
  readonly #res: ServerResponse;
  readonly #own: PropertyDescriptorMap = {};
  /** What was on the response before the host ran. */
  readonly #before: OutgoingHttpHeaders;
  readonly #body: IncomingBody;
  #whole: Chunk | null = null;
  #hasBegun = false;
  #hasEnded = false;
  #isStream = false;
  #isDropped = false;
  #isYielded = false;
  /** While an answer goes out, whoever has put himself before it may put headers on it, as some do at that time. */
  #isSending = false;
  #onBegun: (() => void) | undefined;

  constructor(source: NodeSource) {
    const res = (this.#res = source.res);
    this.#before = { ...res.getHeaders() };
    this.outlet = this.#outletOf(res);
    this.#body = new IncomingBody(undefined, {
      // Not at once: what has come before goes first.
      begin: () => process.nextTick(() => res.emit('drain')),
      pause() {
        // The host is told by what \`write\` returns.
      },
      resume: () => void res.emit('drain'),
      cancel: () => {
        this.#isDropped = true;
        res.emit('drain');
      },
    });
    source.onClientLeft(() => this.#body.fail(new ClientLeftError()));
    source.onSettled(() => this.#body.isOver || this.#body.cancel());
    this.#replace();
  }

  /** True once the host has begun to answer. */
  get hasBegun(): boolean {
    return this.#hasBegun;
  }

  /** True if the host has answered with all there is of its answer. */
  get isWhole(): boolean {
    return this.#hasEnded && !this.#isStream;
  }

  /** Calls `listener` when the host has begun to answer; at the end of the turn, so that an answer given at once is whole. */
  onBegun(listener: () => void): void {
    if (this.#hasBegun) queueMicrotask(listener);
    else this.#onBegun = listener;
  }

  /** Puts headers on the response that the host finds there. */
  put(response: HttpResponse): void {
    addHeaders(this.#res, this.outlet, { headers: response.headers.toRaw(), length: undefined });
    if (response.hasStatus) this.#res.statusCode = response.status;
  }

  /** Makes what the host answers with the answer. */
  giveTo(response: HttpResponse): void {
    response.status = this.#res.statusCode;
    takeHeaders(this.#res.getHeaders(), response.headers);
    if (this.isWhole) response.body = this.#whole;
    else {
      this.#isStream = true;
      response.body = this.#body;
    }
  }

  /** An answer is about to go out. If the host has not begun one, nothing of it is wanted any more. */
  yieldToAnswer(): void {
    this.#isYielded = true;
    restoreHeaders(this.#res, this.#hasBegun ? {} : this.#before, this.outlet);
    if (!this.#hasBegun) this.#body.cancel();
  }

  /** Lets the host answer as if nobody had stood in between. */
  letGo(): void {
    restoreHeaders(this.#res, this.#before, this.outlet);
    for (const name of [...REPLACED, 'headersSent', 'writableEnded']) {
      const own = this.#own[name];
      if (own) Object.defineProperty(this.#res, name, own);
      else delete (this.#res as unknown as Record<string, unknown>)[name];
    }
  }

  #outletOf(res: ServerResponse): Outlet {
    const sending = <F>(send: F): F =>
      ((...parameters: unknown[]) => {
        const wasSending = this.#isSending;
        this.#isSending = true;
        try {
          return (send as (...all: unknown[]) => unknown).apply(res, parameters);
        } finally {
          this.#isSending = wasSending;
        }
      }) as F;
    return {
      setHeader: sending(res.setHeader),
      removeHeader: sending(res.removeHeader),
      writeHead: sending(res.writeHead),
      flushHeaders: sending(res.flushHeaders),
      write: sending(res.write),
      end: sending(res.end),
    };
  }

  #replace(): void {
    const res = this.#res;
    for (const name of [...REPLACED, 'headersSent', 'writableEnded']) {
      const own = Object.getOwnPropertyDescriptor(res, name);
      if (own) this.#own[name] = own;
    }
    const { setHeader, appendHeader, removeHeader } = res;
    const guarded =
      (change: (...parameters: never[]) => unknown) =>
      (...parameters: unknown[]): unknown => {
        // What a host says that nobody listens to any more is no mistake of its.
        if (this.#isDropped && !this.#isSending) return res;
        if (this.#hasBegun && !this.#isSending) throw sentAlready();
        return change.apply(res, parameters as never[]);
      };
    const functions: Readonly<Record<(typeof REPLACED)[number], unknown>> = {
      setHeader: guarded(setHeader),
      appendHeader: guarded(appendHeader),
      removeHeader: guarded(removeHeader),
      writeHead: (status: number, ...more: unknown[]) => this.#writeHead(status, more),
      flushHeaders: () => this.#begin(),
      write: (chunk: Chunk, ...more: unknown[]) => this.#write(chunk, more),
      end: (...parameters: unknown[]) => this.#end(parameters),
    };
    for (const name of REPLACED) define(res, name, { value: functions[name], writable: true });
    const shown = (name: 'headersSent' | 'writableEnded', isSo: () => boolean): void => {
      const real =
        this.#own[name]?.get ?? (() => Reflect.get(Object.getPrototypeOf(res), name, res));
      // What sends an answer looks at what has been sent.
      define(res, name, { get: () => (this.#isYielded ? real() : isSo()) });
    };
    shown('headersSent', () => this.#hasBegun);
    shown('writableEnded', () => this.#hasEnded);
  }

  #writeHead(status: number, more: readonly unknown[]): ServerResponse {
    const res = this.#res;
    if (this.#isDropped) return res;
    if (this.#hasBegun) throw sentAlready();
    const headers = more.find((one) => typeof one === 'object' && one !== null);
    res.statusCode = status;
    if (typeof more[0] === 'string') res.statusMessage = more[0];
    for (const [name, value] of pairsOf(headers)) this.outlet.setHeader(name, value);
    this.#begin();
    return res;
  }

  #begin(): void {
    if (this.#hasBegun) return;
    this.#hasBegun = true;
    const listener = this.#onBegun;
    if (listener) queueMicrotask(listener);
  }

  #write(chunk: Chunk, more: readonly unknown[]): boolean {
    this.#begin();
    later(more);
    if (this.#hasEnded || this.#isDropped) return true;
    return this.#pass(textOf(chunk, more[0]));
  }

  #end(parameters: readonly unknown[]): ServerResponse {
    const [chunk, ...more] = parameters;
    whenOut(this.#res, parameters);
    this.#begin();
    if (this.#hasEnded) return this.#res;
    this.#hasEnded = true;
    if (this.#isDropped) return this.#res;
    const last =
      typeof chunk === 'string' || chunk instanceof Uint8Array ? textOf(chunk, more[0]) : null;
    if (!this.#isStream) this.#whole = last;
    else {
      if (last !== null && last.length) this.#pass(last);
      this.#body.finish([]);
    }
    return this.#res;
  }

  /** Hands on bytes of an answer that comes in pieces. Tells whether more may come at once. */
  #pass(chunk: Chunk): boolean {
    this.#isStream = true;
    if (chunk.length === 0) return true;
    return this.#body.push(typeof chunk === 'string' ? Buffer.from(chunk) : chunk, false);
  }
}

function define(res: ServerResponse, name: string, property: PropertyDescriptor): void {
  Object.defineProperty(res, name, { ...property, configurable: true, enumerable: true });
}
