/** tracing: makes each call a span, inside that of whoever called, here or in another process. */
import type { Awaitable } from '@interpose/kernel';
import { extend } from '@interpose/kernel';
import { checkNames, unexpected } from '@interpose/kernel/options';
import { unharmed } from '@interpose/kernel/unharmed';
import { checkFunction } from '../policy.ts';
import { around } from './around.ts';
import { headerOf } from './header-of.ts';
import { nameOf } from './name-of.ts';
import {
  formatTraceparent,
  parseTraceparent,
  parseTracestate,
  type TraceContext,
} from './traceparent.ts';
import type { Span, Tracer } from './tracer.ts';

/** Options of `tracing`. */
export interface TracingOptions<C> {
  /** Begins spans. */
  readonly tracer: Tracer;
  /** What spans are called. @default `funcName` on the context, else `unknown` */
  readonly name?: string;
  /**
   * The trace that a call from elsewhere belongs to; `'ignore'` if callers are not trusted with it. Not asked where the context has a `span`
   * already. @default read from the headers `traceparent` and `tracestate`
   */
  readonly inbound?: ((ctx: C) => TraceContext | undefined) | 'ignore';
  /** Is given what the tracer throws. @default writes to the console */
  readonly onFailure?: (error: unknown) => void;
}

/** Contexts that stand in a span. */
export interface Spanned {
  readonly span: Span;
}

/**
 * Makes a span of each call, and puts it on the context: calls with that context, or a copy of it, are its children. It ends when the call
 * does, for a stream when that has been read, and knows the error if there was one.
 *
 * @throws TypeError for options out of range
 * @example
 * pipeline<Http, Reply>()
 *   .use(tracing({ tracer }))
 *   .handle((ctx) => fetch(url, { headers: traceHeaders(ctx) }));
 */
export function tracing<C extends object = object>(
  options: TracingOptions<C>,
): <R>(ctx: C, next: (ctx: C & Spanned) => Awaitable<R>) => Awaitable<R> {
  checkNames('tracing()', options, ['tracer', 'name', 'inbound', 'onFailure']);
  const { tracer, name, inbound = traceOf, onFailure } = options;
  if (typeof (tracer as Partial<Tracer> | undefined)?.start !== 'function') {
    throw unexpected('tracer', 'a tracer', tracer);
  }
  if (name !== undefined && typeof name !== 'string') throw unexpected('name', 'a name', name);
  if (inbound !== 'ignore' && typeof inbound !== 'function') {
    throw unexpected('inbound', `a function or 'ignore'`, inbound);
  }
  checkFunction('onFailure', onFailure);
  const parentOf = (ctx: C): TraceContext | undefined =>
    spanOf(ctx)?.trace ?? (inbound === 'ignore' ? undefined : inbound(ctx));
  return around({
    traits: {
      name: 'tracing',
      description: 'Makes each call a span.',
      provides: ['span'],
    },
    onFailure,
    enter(ctx) {
      let span = SILENT;
      // Those further in count on a span, also when the tracer is broken.
      unharmed(() => {
        const parent = parentOf(ctx as C);
        span = parent ? { ...SILENT, trace: parent } : SILENT;
        span = tracer.start({ name: nameOf(ctx, name), parent });
      }, onFailure);
      return {
        ctx: extend(ctx as object, { span }),
        end(outcome) {
          if (!outcome.ok) span.recordError(outcome.error);
          span.end();
        },
      };
    },
  });
}

/** The headers that carry the trace of a context on to another process; none outside of a trace. */
export function traceHeaders(ctx: object): Record<string, string> {
  const trace = spanOf(ctx)?.trace;
  if (!trace || trace === NOWHERE) return {};
  return {
    traceparent: formatTraceparent(trace),
    ...(trace.traceState !== undefined && { tracestate: trace.traceState }),
  };
}

const spanOf = (ctx: object): Span | undefined => (ctx as Partial<Spanned>).span;

/** The trace that the headers of a context name. */
function traceOf(ctx: object): TraceContext | undefined {
  const trace = parseTraceparent(headerOf(ctx, 'traceparent'));
  const traceState = trace && parseTracestate(headerOf(ctx, 'tracestate'));
  return trace && traceState !== undefined ? { ...trace, traceState } : trace;
}

const NOWHERE: TraceContext = { traceId: '0'.repeat(32), spanId: '0'.repeat(16), sampled: false };

/** Stands in where there is no other span. */
const SILENT: Span = {
  trace: NOWHERE,
  setAttribute() {},
  recordError() {},
  end() {},
};
