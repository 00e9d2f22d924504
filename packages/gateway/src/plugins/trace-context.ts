/** Puts every request in a trace, in the words of W3C Trace Context: that of the caller, or a new one. */
import { outOfRange } from '@interpose/kernel/options';
import { BANDS } from '../definition/bands.ts';
import type { GatewayContext } from '../context.ts';
import { definePlugin, type PluginDefinition } from '../definition/plugin.ts';
import { newTraceId, type TraceContext } from '../tracing/trace-context.ts';
import { readTraceparent, traceparentOf } from '../tracing/traceparent.ts';
import { readTracestate } from '../tracing/tracestate.ts';

/** The plugin `trace-context`. */
export const traceContext: PluginDefinition = definePlugin({
  name: 'trace-context',
  description: 'Puts every request in a trace, and hands its place in it on to the upstream.',
  options: {
    acceptInbound: {
      type: 'boolean',
      default: true,
      description: 'Whether the trace of the caller is gone on with, and not a new one begun.',
    },
    sampleRatio: {
      type: 'number',
      default: 1,
      min: 0,
      description: 'How many of the new traces are to be kept, from 0 to 1.',
    },
  },
  create: ({ acceptInbound, sampleRatio }, { random }) => {
    if (sampleRatio > 1)
      throw outOfRange('trace-context.sampleRatio', 'a number from 0 to 1', sampleRatio);
    return {
      access: {
        priority: BANDS.trace + 1,
        handle(ctx) {
          const trace = (acceptInbound ? inbound(ctx) : undefined) ?? begun(random() < sampleRatio);
          ctx.traceContext = trace;
          ctx.headers.set('traceparent', traceparentOf(trace));
          if (trace.traceState === undefined) ctx.headers.delete('tracestate');
          else ctx.headers.set('tracestate', trace.traceState);
        },
      },
    };
  },
});

/** The trace of the caller; two headers are joined by a comma, and then are none. */
function inbound({ headers }: GatewayContext): TraceContext | undefined {
  const text = headers.get('traceparent');
  const parent = text === undefined ? undefined : readTraceparent(text);
  if (!parent) return undefined;
  const { traceId, sampled, spanId } = parent;
  const state = headers.get('tracestate');
  return {
    traceId,
    spanId: newTraceId(8),
    parentSpanId: spanId,
    sampled,
    traceState: state === undefined ? undefined : readTracestate(state),
  };
}

function begun(sampled: boolean): TraceContext {
  return {
    traceId: newTraceId(16),
    spanId: newTraceId(8),
    parentSpanId: undefined,
    sampled,
    traceState: undefined,
  };
}
