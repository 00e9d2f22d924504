/** A request that has come over no socket, and takes its answer for sent at once. */
import type { Exchange } from '@interpose/wire';
import type { Asked } from '../processes/case.ts';
import { fieldOf, headersOf, methodOf } from '../processes/wrk.ts';

/** The parts of an exchange that whole answers need. */
export type WholeExchange = Pick<
  Exchange,
  | 'method'
  | 'target'
  | 'version'
  | 'rawHeaders'
  | 'peer'
  | 'local'
  | 'secure'
  | 'body'
  | 'clientLeft'
  | 'signal'
  | 'sentBytes'
  | 'onClientLeft'
  | 'onSettled'
  | 'answer'
>;

const END = { address: '127.0.0.1', port: 1 };

/** One request and the answer that it got. */
export class FakeExchange implements WholeExchange {
  readonly method: string;
  readonly target: string;
  readonly version = '1.1';
  readonly rawHeaders: readonly string[];
  readonly body = null;
  status = 0;
  headers: readonly string[] = [];
  said: string | Uint8Array | undefined;
  sentBytes = 0;
  #onSettled: (() => void)[] | undefined;
  #onLeft: (() => void)[] | undefined;

  constructor(method: string, target: string, rawHeaders: readonly string[]) {
    this.method = method;
    this.target = target;
    this.rawHeaders = rawHeaders;
  }

  get peer(): { address: string; port: number } {
    return END;
  }

  get local(): { address: string; port: number } {
    return END;
  }

  get secure(): boolean {
    return false;
  }

  get clientLeft(): boolean {
    return false;
  }

  get signal(): AbortSignal {
    throw new Error('Nobody has a reason to ask for a signal');
  }

  onClientLeft(listener: () => void): void {
    (this.#onLeft ??= []).push(listener);
  }

  onSettled(listener: () => void): void {
    if (this.said === undefined) (this.#onSettled ??= []).push(listener);
    else listener();
  }

  answer(status: number, headers: readonly string[], body: string | Uint8Array = ''): void {
    this.status = status;
    this.headers = headers;
    this.said = body;
    this.sentBytes = body.length;
    const listeners = this.#onSettled;
    if (listeners) for (const listener of listeners) listener();
  }
}

/** Makes exchanges out of what is asked, in turn. As a parser does, it cuts all texts of a request out of its head, which nobody has seen before. */
export function exchanges(asked: readonly [Asked, ...Asked[]]): () => FakeExchange {
  const made = asked.map((one) => {
    const fields = ['Host: 127.0.0.1:8080', ...headersOf(one)];
    return cutting([methodOf(one), one.path, ...fields.flatMap(fieldOf)]);
  });
  let at = 0;
  return () => {
    const cut = made[at] as (typeof made)[number];
    at = at + 1 === made.length ? 0 : at + 1;
    const head = cut.head.toString('latin1');
    const method = head.slice(0, cut.ends[0]);
    const target = head.slice(cut.ends[0], cut.ends[1]);
    const raw: string[] = [];
    for (let part = 2; part < cut.ends.length; part++) {
      raw.push(head.slice(cut.ends[part - 1], cut.ends[part]));
    }
    return new FakeExchange(method, target, raw);
  };
}

/** The bytes of all texts, and where each ends. */
function cutting(texts: readonly string[]): {
  readonly head: Buffer;
  readonly ends: readonly number[];
} {
  let end = 0;
  const ends = texts.map((text) => (end += text.length));
  return { head: Buffer.from(texts.join(''), 'latin1'), ends };
}
