/** What every built-in of checks and observing has in common: a name of its own and a sentence on what it is for. */
import { pipeline } from '@interpose/kernel';
import { expect, test } from 'vitest';
import { authenticate, requireUser } from './checks/authenticate.ts';
import { cpuLimit } from './checks/cpu-limit.ts';
import { memoryLimit } from './checks/memory-limit.ts';
import { requirePermission, requireRole } from './checks/require.ts';
import { sanitize } from './checks/sanitize.ts';
import { transaction } from './checks/transaction.ts';
import { validate } from './checks/validate.ts';
import { formatResponse } from './observing/format-response.ts';
import { logging } from './observing/logging.ts';
import { memoryTracer } from './observing/memory-tracer.ts';
import { metrics } from './observing/metrics.ts';
import { metricsRegistry } from './observing/metrics-registry.ts';
import { requestId } from './observing/request-id.ts';
import { timing } from './observing/timing.ts';
import { tracing } from './observing/tracing.ts';

const probe = (): number => 0;
const schema = {
  '~standard': { version: 1, vendor: 'test', validate: (value: unknown) => ({ value }) },
} as const;

const BUILT_INS: Readonly<Record<string, object>> = {
  authenticate: authenticate({ verify: () => 1 }),
  cpuLimit: cpuLimit({ probe }),
  formatResponse: formatResponse(),
  logging: logging(),
  memoryLimit: memoryLimit({ probe }),
  metrics: metrics({ meter: metricsRegistry() }),
  requestId: requestId(),
  requirePermission: requirePermission('a'),
  requireRole: requireRole('a'),
  requireUser: requireUser(),
  sanitize: sanitize(),
  timing: timing(),
  tracing: tracing({ tracer: memoryTracer() }),
  transaction: transaction({ begin: () => 1, commit() {}, rollback() {} }),
  validate: validate(schema),
};

test.each(Object.entries(BUILT_INS))(
  'M-186 %s says what it is called and what it is for',
  (name, one) => {
    const [described] = pipeline<object, unknown>()
      .use(one as ReturnType<typeof timing>)
      .describe();
    expect(described?.name).toBe(name);
    expect(described?.description).toMatch(/^[A-Z].{15,}\.$/);
  },
);
