/** What is asked of an upstream, and what is known of how it has gone. */

/** What is asked of an upstream. */
export interface Asked {
  readonly path: string;
  /** The query with its `?`, or nothing. */
  readonly search: string;
  /** The host that the upstream is told. @default its own */
  readonly host?: string | undefined;
  /** What was taken off the front of the path. */
  readonly prefix?: string | undefined;
  /** Whether it must not be sent again, whatever becomes of it. @default false */
  readonly once?: boolean | undefined;
}

/** What is known of how an upstream has treated a request. */
export interface UpstreamUse {
  /** The name of the upstream. */
  readonly name: string;
  /** The target that was asked last; `undefined` if none was. */
  readonly target: string | undefined;
  /** How often the request was sent. */
  readonly attempts: number;
}
