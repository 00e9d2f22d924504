/** The words of a suite of whole servers: a suite has cases, a case has contenders, and all of them are asked the same. */
import type { Launch } from './server-process.ts';
import type { Tools } from './tools.ts';

/** What a contender is started with. */
export interface Surroundings {
  /** Where configurations are written. */
  readonly folder: string;
  readonly tools: Tools;
  /** The port of what proxies hand requests on to; `NaN` in a suite that has none. */
  readonly upstreamPort: number;
  /** Bundles a file of `bench`; gives the path of the bundle. */
  readonly bundled: (entry: string) => Promise<string>;
}

/** `node` is a peer that runs on Node; `other` is one that does not, or that is no peer. */
export type Kind = 'ours' | 'node' | 'other';

/** A server that is measured. */
export interface Contender {
  readonly name: string;
  readonly kind: Kind;
  /** Shown beside what came of the targets. */
  readonly note?: string;
  launch(surroundings: Surroundings): Promise<Launch>;
}

/** A request, and what is right in answer to it. */
export interface Asked {
  /** @default GET, or POST if there is a body */
  readonly method?: string;
  readonly path: string;
  /** Lines of the head. */
  readonly headers?: readonly string[];
  /** Printable ASCII. @default none */
  readonly body?: string;
  /** One of them, where contenders have rules of their own. @default 200 */
  readonly status?: number | readonly number[];
  /** The body of the answer. @default any */
  readonly answer?: string | RegExp | ((surroundings: Surroundings) => string);
  /** What its head must say, by lower case name; `null` for what it must not say. */
  readonly answerHeaders?: Readonly<Record<string, string | RegExp | null>>;
}

/** What a figure of ours must keep. */
export interface Target {
  /** CPU time or latency in relation to another's, or CPU microseconds in addition to those of the reference. */
  readonly figure: 'CPU' | 'p99' | 'added CPU';
  /** A contender by name, or the best of the peers that run on Node. */
  readonly of: string;
  /** Our figure is at most this many of theirs; or at most so many microseconds more. */
  readonly atMost: number;
}

/** Things that do the same work. */
export interface Case {
  readonly name: string;
  /** `capacity`: as much as it takes, paired with the reference. `half load`: at half of that, at a fixed rate. */
  readonly kind: 'capacity' | 'half load';
  /** The first is the reference. */
  readonly contenders: readonly Contender[];
  /** What is asked while it is measured, in turn. */
  readonly asked: readonly [Asked, ...Asked[]];
  /** What is asked once before, to see that all the work is done. */
  readonly alsoAsked?: readonly Asked[];
  readonly connections: number;
  readonly targets: readonly Target[];
  /** How many times as many pairs as elsewhere, where small differences count. @default 1 */
  readonly morePairs?: number;
  /** The most requests a second that the load can send on time. @default 30_000 */
  readonly mostPerSecond?: number;
}

/** Cases that are run and shown together. */
export interface ProcessSuite {
  readonly name: string;
  /** Programs that it needs besides wrk, by the names that `scripts/debian.mjs` has for them. */
  readonly programs: readonly string[];
  /** What proxies hand requests on to. */
  readonly upstream?: (surroundings: Surroundings) => Promise<Launch>;
  readonly cases: readonly Case[];
}

/** The best of the peers that run on Node, as a target names it. */
export const BEST_ON_NODE = 'the best on Node';
