/** What a limit tells: facts that change nothing. */

/** A fact about jobs under a limit. */
export type LimitEvent = {
  /** The name of the limit. */
  readonly limit: string;
  /** The clock's `now()`. */
  readonly atMs: number;
} & LimitFact;

/** What there is to tell. */
export type LimitFact =
  /** A job waits until there is room. */
  | { readonly type: 'waiting'; readonly used: number | undefined }
  /** A job that has waited begins. */
  | { readonly type: 'admitted'; readonly waitedMs: number }
  /** A job has waited as long as it may, and is put off. */
  | { readonly type: 'postponed'; readonly waitedMs: number; readonly used: number | undefined }
  /** A job under way was told to stop. */
  | { readonly type: 'aborted'; readonly used: number }
  /** A handler that was told to stop and abandoned has ended after all. */
  | { readonly type: 'ended'; readonly lateMs: number }
  /** The probe threw, or gave something that is no number: nothing is held back. */
  | { readonly type: 'probeFailed'; readonly error: unknown };
