/** The entry @interpose/resilience/observing: ids, logs, metrics, traces, and one form for answers. */
export {
  consoleLogger,
  type ConsoleLoggerOptions,
  type LogLevel,
} from './observing/console-logger.ts';
export {
  type FailureResponse,
  formatResponse,
  type FormatResponseOptions,
  type SuccessResponse,
} from './observing/format-response.ts';
export { logging, type LoggingOptions } from './observing/logging.ts';
export {
  type MemoryTracer,
  memoryTracer,
  type MemoryTracerOptions,
  type SpanRecord,
} from './observing/memory-tracer.ts';
export type {
  Counter,
  Gauge,
  Histogram,
  HistogramSpec,
  Meter,
  MetricSpec,
  Series,
} from './observing/meter.ts';
export { metrics, type MetricsOptions } from './observing/metrics.ts';
export type { MetricKind } from './observing/metrics-family.ts';
export {
  type MetricReading,
  type MetricsRegistry,
  metricsRegistry,
  type MetricsRegistryOptions,
  PROMETHEUS_TYPE,
} from './observing/metrics-registry.ts';
export { type PinoLike, pinoLogger } from './observing/pino-logger.ts';
export { type MeasuredPolicy, policyMetrics } from './observing/policy-metrics.ts';
export { requestId, type RequestIdOptions } from './observing/request-id.ts';
export { timing, type Timed, type TimingOptions } from './observing/timing.ts';
export type { Span, SpanStart, Tracer } from './observing/tracer.ts';
export {
  formatTraceparent,
  parseTraceparent,
  parseTracestate,
  type TraceContext,
} from './observing/traceparent.ts';
export { type Spanned, traceHeaders, tracing, type TracingOptions } from './observing/tracing.ts';
export type { Logger } from './logger.ts';
