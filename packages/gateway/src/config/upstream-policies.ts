/** Reads how an upstream is treated: what is asked again, when a target is left out, how much there may be at once, how TLS is spoken. */
import type { HealthCheckOptions } from '../health/health-checker.ts';
import type { OutlierOptions } from '../health/outlier-detector.ts';
import type {
  BreakerConfig,
  BulkheadConfig,
  PoolConfig,
  RetryConfig,
  StickyConfig,
  UpstreamTlsConfig,
} from '../upstream/upstream-config.ts';
import { tells } from './probe.ts';
import { flag, number, text } from './scalar-shapes.ts';
import { listOf, optional, readFields, required, type Shape } from './shape.ts';

/** The longest time that a timer of Node can hold. */
const MOST_MS = 2 ** 31 - 1;

/** The shape of a duration that must not be nothing. */
export const duration: Shape<number> = number({ whole: true, min: 1, max: MOST_MS });

const percent = number({ min: 0, max: 100 });
const count = number({ whole: true, min: 0 });
const some = number({ whole: true, min: 1 });
const file = text({ wanted: 'the path of a file', fault: (path) => path === '' });

/** The shape of what can be switched off with `false`; `true` is all its defaults. */
export function orOff<T extends object>(shape: Shape<T>): Shape<T | false> {
  return (node, report) => {
    if (node.kind !== 'scalar' || typeof node.value !== 'boolean') return shape(node, report);
    if (tells(node, () => ({ type: 'boolean' }))) return undefined;
    return node.value ? ({} as T) : false;
  };
}

const status = number({ whole: true, min: 100, max: 599 });

const statuses: Shape<{ readonly from: number; readonly to: number }> = (node, report) => {
  const range = readFields<{ readonly from: number; readonly to: number }>(
    node,
    { from: required(status), to: required(status) },
    { what: '"statuses"', report },
  );
  const { from = 0, to = 599 } = range ?? {};
  if (from > to) report.error('badValue', node, `expected "to" to be ${from} or more, got ${to}`);
  return range as { readonly from: number; readonly to: number } | undefined;
};

/** The shape of `health`. */
export const healthShape: Shape<HealthCheckOptions> = (node, report) =>
  readFields<HealthCheckOptions>(
    node,
    {
      path: optional(
        text({ wanted: 'a path that begins with "/"', fault: (path) => !/^\/[!-~]*$/.test(path) }),
      ),
      intervalMs: optional(duration),
      timeoutMs: optional(duration),
      healthyAfter: optional(some),
      unhealthyAfter: optional(some),
      statuses: optional(statuses),
    },
    { what: '"health"', report },
  ) as HealthCheckOptions | undefined;

/** The shape of `outliers`. */
export const outliersShape: Shape<OutlierOptions | false> = orOff((node, report) =>
  readFields<OutlierOptions>(
    node,
    {
      consecutiveFailures: optional(count),
      ejectMs: optional(duration),
      maxEjectMs: optional(duration),
      maxEjectedPercent: optional(percent),
    },
    { what: '"outliers"', report },
  ),
);

/** The shape of `retry`. */
export const retryShape: Shape<RetryConfig | false> = orOff((node, report) =>
  readFields<RetryConfig>(
    node,
    {
      retries: optional(count),
      statuses: optional(
        listOf(number({ whole: true, min: 400, max: 599 }), { wanted: 'a list of statuses' }),
      ),
      idempotencyKey: optional(flag),
      maxBodyBytes: optional(count),
      budgetPercent: optional(percent),
      minPerSecond: optional(number({ min: 0 })),
      maxRetryAfterMs: optional(number({ whole: true, min: 0, max: MOST_MS })),
    },
    { what: '"retry"', report },
  ),
);

/** The shape of `breaker`. */
export const breakerShape: Shape<BreakerConfig> = (node, report) =>
  readFields<BreakerConfig>(
    node,
    {
      failures: optional(some),
      failureRatio: optional(number({ min: 0.001, max: 1 })),
      minimumCalls: optional(some),
      windowMs: optional(number({ whole: true, min: 1000, max: MOST_MS })),
      openMs: optional(duration),
      maxOpenMs: optional(duration),
    },
    { what: '"breaker"', report },
  ) as BreakerConfig | undefined;

/** The shape of `bulkhead`. */
export const bulkheadShape: Shape<BulkheadConfig> = (node, report) =>
  readFields<BulkheadConfig>(
    node,
    {
      maxConcurrent: optional(some),
      maxQueue: optional(count),
      queueTimeoutMs: optional(duration),
    },
    { what: '"bulkhead"', report },
  ) as BulkheadConfig | undefined;

/** The shape of `sticky`. */
export const stickyShape: Shape<StickyConfig> = (node, report) =>
  readFields<StickyConfig>(
    node,
    {
      cookie: optional(
        text({
          wanted: 'the name of a cookie',
          fault: (name) => !/^[!#$%&'*+\-.^_`|~\w]+$/.test(name),
        }),
      ),
      secret: optional(
        text({
          wanted: 'a secret of 16 characters or more',
          fault: (one) => one.length < 16,
          secret: true,
        }),
      ),
      maxAgeSeconds: optional(some),
    },
    { what: '"sticky"', report },
  ) as StickyConfig | undefined;

/** The shape of `tls`. */
export const tlsShape: Shape<UpstreamTlsConfig> = (node, report) => {
  const tls = readFields<UpstreamTlsConfig>(
    node,
    {
      verify: optional(flag),
      ca: optional(file),
      servername: optional(
        text({ wanted: 'a host name', fault: (name) => !/^[\w.-]+$/.test(name) }),
      ),
      cert: optional(file),
      key: optional(file),
    },
    { what: '"tls"', report },
  );
  if (tls && node.kind === 'map') {
    const { verify, cert, key } = tls;
    if ((cert === undefined) !== (key === undefined)) {
      report.error('missing', node, `"tls" needs "${cert === undefined ? 'cert' : 'key'}" as well`);
    }
    const said =
      'whoever stands between the gateway and the targets can read and change everything';
    if (verify === false)
      report.warning('unverified', node.entries.get('verify')?.value ?? node, said);
  }
  return tls as UpstreamTlsConfig | undefined;
};

/** The shape of `pool`. */
export const poolShape: Shape<PoolConfig> = (node, report) =>
  readFields<PoolConfig>(
    node,
    {
      maxConnections: optional(some),
      maxQueued: optional(count),
      queueTimeoutMs: optional(number({ whole: true, min: 0, max: MOST_MS })),
      keepAliveMs: optional(number({ whole: true, min: 0, max: MOST_MS })),
    },
    { what: '"pool"', report },
  ) as PoolConfig | undefined;
