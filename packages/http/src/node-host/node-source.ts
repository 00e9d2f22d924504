/** NodeSource: a request of node:http as what a context is made from. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Exchange, IncomingBody } from '@interpose/wire';
import type { RequestSource } from '../context/context.ts';
import { plainAddress } from '../client/host-address.ts';
import { bodyOf } from '../context/read-body.ts';
import { RequestEnd } from '../answer/request-end.ts';
import { bodyAsParsed, withoutCoding } from './parsed-body.ts';
import { isRead, type RequestTap, tapOf } from './request-tap.ts';

/** What a host knows of a request besides what the request says. Its properties are asked for when they are needed. */
export interface HostFacts {
  /** Path and query as they are to be seen. @default those of the request */
  readonly target?: string | undefined;
  /** The address of the client. @default that of the other end of the connection */
  readonly address?: string | undefined;
  /** Whether the client's connection is encrypted. @default whether this one is */
  readonly secure?: boolean | undefined;
  /** What the host has made of the body, if it has read it. @default nothing */
  readonly parsed?: unknown;
}

const INTERNAL_ERROR = 2;
/** Stands for a body that nobody has asked for. */
const UNTOUCHED: IncomingBody = bodyOf(new Uint8Array());

/** A request of node:http. */
export class NodeSource implements RequestSource {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  readonly method: string;
  readonly target: string;
  readonly rawHeaders: readonly string[];
  sentBytes = 0;
  readonly #facts: HostFacts;
  readonly #end: RequestEnd;
  readonly #isRead: boolean;
  #isProbed = false;
  #tap: RequestTap | undefined;
  #body: IncomingBody | null | undefined;

  constructor(req: IncomingMessage, res: ServerResponse, facts: HostFacts = {}) {
    this.req = req;
    this.res = res;
    this.method = req.method ?? 'GET';
    this.target = facts.target ?? req.url ?? '/';
    this.#facts = facts;
    this.#end = endOf(res);
    this.#isRead = isRead(req);
    const raw = req.httpVersionMajor > 1 ? withHost(req.rawHeaders) : req.rawHeaders;
    // What a host has parsed it has unpacked as well.
    this.rawHeaders = this.#isRead ? withoutCoding(raw) : raw;
  }

  get version(): Exchange['version'] {
    const { httpVersion } = this.req;
    return httpVersion === '1.0' || httpVersion === '2.0' ? httpVersion : '1.1';
  }

  get peer(): Exchange['peer'] {
    const { remoteAddress, remotePort } = this.req.socket as Partial<Socket>;
    const address = this.#facts.address ?? remoteAddress ?? '';
    return { address: plainAddress(address), port: remotePort ?? 0 };
  }

  get local(): Exchange['local'] {
    const { localAddress, localPort } = this.req.socket as Partial<Socket>;
    return { address: plainAddress(localAddress ?? ''), port: localPort ?? 0 };
  }

  get secure(): boolean {
    return this.#facts.secure ?? (this.req.socket as { encrypted?: boolean }).encrypted === true;
  }

  get body(): IncomingBody | null {
    if (this.#isProbed && this.#body === undefined) return UNTOUCHED;
    return (this.#body ??= this.#open());
  }

  /** The body that `read` gives, unless it is that of the request, and nobody has asked for it. */
  touchedBody(read: () => IncomingBody | null): IncomingBody | null | undefined {
    this.#isProbed = true;
    try {
      const body = read();
      return body === UNTOUCHED ? undefined : body;
    } finally {
      this.#isProbed = false;
    }
  }

  /** What stands between the client and the stream of the host; nothing if there is no body, or it has been read. */
  get tap(): RequestTap | undefined {
    void this.body;
    return this.#tap;
  }

  get clientLeft(): boolean {
    return this.#end.clientLeft;
  }

  get signal(): AbortSignal {
    return this.#end.signal;
  }

  onClientLeft(listener: () => void): void {
    this.#end.onClientLeft(listener);
  }

  onSettled(listener: () => void): void {
    this.#end.onSettled(listener);
  }

  /** Breaks the connection, or the stream of it that is this request's. */
  breakOff(): void {
    const { stream } = this.res as { readonly stream?: { close?(code: number): void } };
    if (this.req.httpVersionMajor > 1 && stream?.close) stream.close(INTERNAL_ERROR);
    else this.res.destroy();
  }

  #open(): IncomingBody | null {
    const { req } = this;
    if (!hasBody(req)) return null;
    if (this.#isRead) return bodyAsParsed(req, this.#facts.parsed);
    this.#tap = tapOf(req, this.#end);
    return this.#tap.body;
  }
}

const ENDS = new WeakMap<ServerResponse, RequestEnd>();

/** The end of a request, of which all that stand round it are told by one pair of listeners. */
function endOf(res: ServerResponse): RequestEnd {
  let end = ENDS.get(res);
  if (end) return end;
  const made = (end = new RequestEnd());
  ENDS.set(res, made);
  res.once('finish', () => made.ended());
  res.once('close', () => made.left());
  if (res.writableFinished) made.ended();
  else if (res.destroyed) made.left();
  return made;
}

function hasBody(req: IncomingMessage): boolean {
  const { 'content-length': length, 'transfer-encoding': coding } = req.headers;
  if (length !== undefined) return Number(length) > 0;
  if (coding !== undefined) return true;
  const { stream } = req as { readonly stream?: { readonly endAfterHeaders?: boolean } };
  return req.httpVersionMajor > 1 && stream?.endAfterHeaders === false;
}

/** Headers of HTTP/2 without what stands in the request line of HTTP/1, but with the host. */
function withHost(raw: readonly string[]): readonly string[] {
  const headers: string[] = [];
  let authority: string | undefined;
  let hasOwn = false;
  for (let at = 0; at + 1 < raw.length; at += 2) {
    const [name, value] = [raw[at] as string, raw[at + 1] as string];
    if (name === ':authority') authority = value;
    if (name.startsWith(':')) continue;
    hasOwn ||= name.toLowerCase() === 'host';
    headers.push(name, value);
  }
  if (authority !== undefined && !hasOwn) headers.push('host', authority);
  return headers;
}
