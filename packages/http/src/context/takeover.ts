/** Takeover: an answer that is no answer, but hands the connection over to another protocol once everybody has agreed. */
import type { Upgraded } from '@interpose/wire';

/** What whoever takes a connection is given besides. */
export interface TakeoverTold {
  /** The headers that were put on the answer, names and values in turn. */
  readonly headers: readonly string[];
  /** Tells of a failure as of one of the handler. */
  readonly tell: (error: unknown) => void;
}

/** Takes a connection. What is said in answer to the request is up to it. */
export type TakeConnection = (upgraded: Upgraded, told: TakeoverTold) => void;

/**
 * Stands in the place of a body, with the status 101. Whatever moves, keeps or drops a body does the same with it; what puts another in its
 * place, or another status, has refused the upgrade.
 */
export class Takeover implements AsyncIterable<Uint8Array> {
  /** Marks it, also when it comes from another copy of the package. */
  readonly takesOver = 'connection' as const;
  readonly take: TakeConnection;

  constructor(take: TakeConnection) {
    this.take = take;
  }

  /** As a body it is empty. */
  [Symbol.asyncIterator](): AsyncIterator<Uint8Array, undefined> {
    const over = { done: true, value: undefined } as const;
    return { next: () => Promise.resolve(over), return: () => Promise.resolve(over) };
  }
}

/** True for what takes a connection over in the place of answering. */
export function isTakeover(value: unknown): value is Takeover {
  return (value as { readonly takesOver?: unknown } | null)?.takesOver === 'connection';
}
