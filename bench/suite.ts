/** The words of a benchmark: a suite has cases, a case has subjects, and each is measured against the case's limit. */

/** Runs once. What it returns is awaited if it is a promise. */
export type Call = (input: unknown) => unknown;

/** A subject, loaded and ready. */
export interface Bench {
  /** Called in turn; one, or a power of two. */
  readonly calls: readonly Call[];
  /** Finds the answer in what a call came to. @default the very value */
  readonly answerOf?: (value: unknown) => unknown;
}

/** What a figure of ours must keep. It must be ahead of every peer as well. */
export interface Target {
  /** The most it may cost in relation to the limit. */
  readonly ratio?: number;
  /** The most nanoseconds of CPU it may take. */
  readonly median?: number;
  /** The most nanoseconds of CPU it may take beyond the limit. */
  readonly beyond?: number;
  /** The most it may cost in relation to a peer, by the peer's name. */
  readonly against?: Readonly<Record<string, number>>;
}

/** `limit` is hand-written code once more, and shows the noise; a `variant` of ours has no target to keep. */
export type Kind = 'limit' | 'ours' | 'variant' | 'peer';

/** One thing that is measured. */
export interface Subject {
  readonly name: string;
  readonly kind: Kind;
  readonly target?: Target;
  /** Called in the process that measures it, and in no other. */
  load(): Promise<Bench>;
}

/** Things that do the same work. */
export interface Case {
  readonly name: string;
  /** The hand-written code that every subject is paired with. */
  readonly limit: () => Promise<Bench>;
  readonly subjects: readonly Subject[];
  /** Makes what one call gets. */
  readonly input: () => unknown;
  /** What calls are tried with before they are measured, and what every subject must answer. */
  readonly trials: readonly { readonly input: () => unknown; readonly answer: unknown }[];
  /** Ours must answer with a value, not with a promise. @default false */
  readonly synchronous?: boolean;
  /** How long a loop runs before it is measured. @default 400 */
  readonly warmUpMs?: number;
}

/** Cases that are run and shown together. */
export interface Suite {
  readonly name: string;
  readonly cases: readonly Case[];
}
