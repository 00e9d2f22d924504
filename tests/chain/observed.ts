/** What is seen of one input at each place of the chain: at the client, before the origin, in its log and behind it. */
import type { Fields } from './message-reader.ts';

/** A request that the proxy wrote to the origin. */
export interface Forwarded {
  /** What the proxy numbered it with, in the field `x-chain-id`. */
  readonly id: string;
  readonly method: string;
  readonly target: string;
  readonly fields: Fields;
  readonly body: string;
  /** The connection that it went over. */
  readonly connection: number;
}

/** A request that an origin handed on, as the recorder behind it took it. */
export interface Recorded {
  readonly id: string;
  readonly method: string;
  readonly fields: Fields;
  readonly body: string;
}

/** A request that an origin parsed, as its own log has it. */
export interface Logged {
  readonly id: string;
  readonly method: string;
  readonly target: string;
  readonly status: number;
}

/** A final answer that the client got. */
export interface Answer {
  readonly status: number;
  readonly fields: Fields;
  readonly body: string;
  /** The request that the proxy relayed it for; empty for an answer of the proxy's own. */
  readonly id: string;
  /** The request that the recorder answered with it. */
  readonly seen: string;
}

/** Everything that is seen of one input on one origin. */
export interface Observation {
  readonly answers: readonly Answer[];
  /** Whether the client's connection came to its end in time. */
  readonly closed: boolean;
  /** What another connection to the proxy was answered afterwards. */
  readonly side: Answer | undefined;
  readonly forwarded: readonly Forwarded[];
  /** Requests that the proxy began to write and gave up, with their connection. */
  readonly broken: readonly Forwarded[];
  readonly recorded: readonly Recorded[];
  readonly logged: readonly Logged[];
  /** What was out of order at one of the places. */
  readonly faults: readonly string[];
}
