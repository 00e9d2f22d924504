/** spans: what tracing systems want to know of the requests of a gateway, handed to whoever brings it to them. */
import type { Clock } from '@interpose/kernel';
import { systemClock } from '@interpose/kernel/clock';
import type { GatewayContext } from '../context.ts';
import type { GatewayObserver } from '../observer.ts';
import type { TraceContext } from './trace-context.ts';

/** One request, as a server span with the attribute names of OpenTelemetry. */
export interface Span extends TraceContext {
  /** Method and path of the route: `GET /orders/:id`; never the path of the request, of which there are too many. */
  readonly name: string;
  readonly kind: 'server';
  /** In the form of `clock.wall()`. */
  readonly startedAtMs: number;
  readonly durationMs: number;
  /** Whether the gateway, or what is behind it, failed. */
  readonly failed: boolean;
  readonly attributes: Readonly<Record<string, string | number>>;
}

/** Options of `spans`. */
export interface SpansOptions {
  /** @default systemClock */
  readonly clock?: Clock;
}

/**
 * An observer that makes a span of every request that the plugin `trace-context` has put in a trace which is sampled.
 *
 * @example
 * const gateway = createGateway(config, { observers: [spans((span) => exporter.add(span))] });
 */
export function spans(
  take: (span: Span) => void,
  { clock = systemClock }: SpansOptions = {},
): GatewayObserver {
  return {
    requestEnded(ctx) {
      const { traceContext } = ctx;
      if (traceContext?.sampled) take(spanOf(ctx, traceContext, clock));
    },
  };
}

function spanOf(ctx: GatewayContext, trace: TraceContext, clock: Clock): Span {
  const { outcome, route, method } = ctx;
  const { status = 0, durationMs = 0 } = outcome ?? {};
  return {
    ...trace,
    name: route ? `${method} ${route.path}` : method,
    kind: 'server',
    startedAtMs: clock.wall() - (clock.now() - ctx.startedAtMs),
    durationMs,
    failed: status >= 500 || outcome?.error !== undefined,
    attributes: attributesOf(ctx, status),
  };
}

function attributesOf(ctx: GatewayContext, status: number): Record<string, string | number> {
  const { outcome, route, upstream, consumer } = ctx;
  const attributes: Record<string, string | number> = {
    'http.request.method': ctx.method,
    'url.path': ctx.path,
    'url.scheme': ctx.secure ? 'https' : 'http',
    'http.response.status_code': status,
    'http.response.body.size': outcome?.bytes ?? 0,
    'client.address': ctx.clientAddress,
    'network.protocol.version': ctx.version,
    'interpose.request.id': ctx.requestId,
  };
  const host = ctx.headers.get('host');
  if (host !== undefined) attributes['server.address'] = host.replace(/:\d*$/, '');
  if (route) {
    attributes['http.route'] = route.path;
    attributes['interpose.route'] = route.name;
  }
  if (consumer) attributes['interpose.consumer'] = consumer.name;
  if (upstream) {
    attributes['interpose.upstream'] = upstream.name;
    attributes['interpose.upstream.attempts'] = upstream.attempts;
    if (upstream.target !== undefined) attributes['interpose.upstream.target'] = upstream.target;
  }
  if (status >= 500) attributes['error.type'] = ctx.failure?.name ?? String(status);
  return attributes;
}
