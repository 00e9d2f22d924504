/** What an event says of a request and its answer, as it is shown and kept as JSON. */

/** A message that was noted during a request. */
export interface EventMessage {
  readonly level: string;
  readonly text: string;
  /** Milliseconds since the request came. */
  readonly timestamp: number;
}

/** Whose request it was, and what was noted. */
export interface EventInfo {
  readonly fastApiName: string;
  readonly logMessages: readonly EventMessage[];
  readonly clientCity: string | null;
  readonly clientCountry: string | null;
  readonly clientIp: string | null;
  readonly domain: string | null;
  readonly eventId: string;
  readonly infoId: string;
  /** Milliseconds since 1970 in UTC. */
  readonly timestamp: number;
  readonly threadId: number;
}

/** The request. Its body is never kept. */
export interface EventRequest {
  readonly eventId: string;
  readonly requestId: string;
  readonly method: string;
  readonly path: string;
  /** With its `?`, without secrets; empty if there is none. */
  readonly query: string;
  readonly hostName: string;
  readonly port: number;
  /** By lower case name, without secrets. */
  readonly headers: Readonly<Record<string, string>>;
  /** Milliseconds since 1970 in UTC. */
  readonly startTime: number;
  /** Milliseconds until the answer was made, which is before its body is sent; `null` until then. */
  readonly duration: number | null;
}

/** The answer. Its body is never kept. */
export interface EventResponse {
  readonly eventId: string;
  readonly responseId: string;
  /** `null` until there is an answer; 499 if the client left before it had all of it. */
  readonly statusCode: number | null;
  readonly contentType: string | null;
  /** Bytes of the body: what the head says, or how many were sent. */
  readonly contentLength: number | null;
  /** By lower case name, without secrets. */
  readonly headers: Readonly<Record<string, string>>;
  /** Milliseconds since 1970 in UTC; `null` until all is sent. */
  readonly endTime: number | null;
  /** Milliseconds until the last byte of the body was sent; `null` until then. */
  readonly totalDuration: number | null;
  /** The name of the error that was thrown in place of an answer. */
  readonly errorType: string | null;
}

/** What tracing found, if it was on. */
export interface EventTraces {
  readonly eventId: string;
  readonly tracesId: string;
  readonly traces: readonly unknown[];
  readonly tracesCount: number;
}
