/** Tracer: the port through which calls become spans. */
import type { TraceContext } from './traceparent.ts';

/** One call in a trace. */
export interface Span {
  readonly trace: TraceContext;
  setAttribute(name: string, value: string | number | boolean): void;
  /** The call failed. */
  recordError(error: unknown): void;
  /** The call has ended. */
  end(): void;
}

/** How a span begins. */
export interface SpanStart {
  readonly name: string;
  /** The span, here or elsewhere, of which this one is a part. */
  readonly parent: TraceContext | undefined;
}

/** Begins spans. */
export interface Tracer {
  start(span: SpanStart): Span;
}
