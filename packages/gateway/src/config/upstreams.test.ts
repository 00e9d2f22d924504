/** Tests of how upstreams are read. */
import { describe, expect, test } from 'vitest';
import { standardPlugins } from '../plugins/standard.ts';
import { formatProblem } from './problem.ts';
import { readConfig } from './read-config.ts';

const read = (upstream: string) =>
  readConfig(
    `upstreams:\n  main: ${upstream}\nroutes:\n  - { name: all, path: /*, upstream: main }\n`,
    { file: 'f', plugins: standardPlugins, environment: { SECRET: 'hidden-but-short' } },
  );

const problems = (upstream: string): string[] => read(upstream).problems.map(formatProblem);

test('everything that there is to say of an upstream is read as it stands', () => {
  const upstream = {
    targets: [
      { url: 'http://127.0.0.1:1', weight: 2, zone: 'a' },
      { url: 'https://b.test/base', weight: 0.5 },
    ],
    discover: { kind: 'dns', family: 4, everyMs: 500 },
    balance: { kind: 'consistent-hash', by: 'header: X-User', loadBound: 1.25 },
    zone: 'a',
    sticky: { cookie: 'lb', secret: '0123456789abcdef', maxAgeSeconds: 60 },
    health: {
      path: '/health',
      intervalMs: 1000,
      timeoutMs: 500,
      healthyAfter: 1,
      unhealthyAfter: 2,
      statuses: { from: 200, to: 299 },
    },
    outliers: { consecutiveFailures: 3, ejectMs: 1000, maxEjectMs: 5000, maxEjectedPercent: 20 },
    panicPercent: 50,
    retry: {
      retries: 2,
      statuses: [502, 503],
      idempotencyKey: true,
      maxBodyBytes: 1000,
      budgetPercent: 10,
      minPerSecond: 1,
      maxRetryAfterMs: 0,
    },
    breaker: {
      failureRatio: 0.3,
      minimumCalls: 5,
      windowMs: 10_000,
      openMs: 1000,
      maxOpenMs: 9000,
    },
    bulkhead: { maxConcurrent: 5, maxQueue: 10, queueTimeoutMs: 100 },
    tls: { verify: true, ca: 'ca.pem', servername: 'b.test', cert: 'c.pem', key: 'k.pem' },
    pool: { maxConnections: 10, maxQueued: 5, queueTimeoutMs: 50, keepAliveMs: 0 },
    connectTimeoutMs: 1,
    firstByteTimeoutMs: 2,
    idleTimeoutMs: 3,
    timeoutMs: 4,
    preserveHost: true,
    forwarded: 'both',
  };
  const { config, problems: found } = read(JSON.stringify(upstream));
  expect(found).toEqual([]);
  expect(config?.upstreams['main']).toEqual(upstream);
});

test.each([
  ['{ url: "http://a", balance: ewma, discover: dns }', { balance: 'ewma', discover: 'dns' }],
  ['{ url: "http://a", retry: false, outliers: false }', { retry: false, outliers: false }],
  ['{ url: "http://a", retry: true, outliers: true }', { retry: {}, outliers: {} }],
])('the short forms of %s', (text, expected) => {
  expect(read(text).config?.upstreams['main']).toEqual({ url: 'http://a', ...expected });
});

describe('faults', () => {
  test.each([
    ['{}', 'f:2:9 error CFG014 upstreams.main: an upstream needs "url", or "targets"'],
    ['{ url: http://a, targets: [] }', 'an upstream has either "url" or "targets", got both'],
    ['{ targets: [] }', 'upstreams.main.targets: expected at least one target'],
    [
      '{ targets: [{ url: http://a }, { url: http://a/ }] }',
      'this target is there already, in line 2',
    ],
    [
      '{ targets: [{ wieght: 1, url: http://a }] }',
      'a target has no such key — did you mean "weight"?',
    ],
    ['{ url: http://a, balance: round_robin }', 'did you mean "round-robin"?'],
    [
      '{ url: http://a, balance: { kind: consistent-hash, by: body } }',
      'expected "address", "path", "header: X"',
    ],
    ['{ url: http://a, discover: consul }', 'upstreams.main.discover: expected one of dns'],
    ['{ url: http://a, discover: { kind: dns, family: 5 } }', 'expected 4 or 6, got 5'],
    [
      '{ url: http://a, health: { statuses: { from: 300, to: 200 } } }',
      'expected "to" to be 300 or more, got 200',
    ],
    [
      '{ url: http://a, retry: { statuses: [200] } }',
      'expected a whole number from 400 to 599, got 200',
    ],
    ['{ url: http://a, retry: never }', 'expected a mapping ("retry"), got "never"'],
    ['{ url: http://a, tls: { cert: c.pem } }', '"tls" needs "key" as well'],
    ['{ url: http://a, forwarded: x-forward }', 'did you mean "x-forwarded"?'],
    ['{ url: http://a, timeoutMs: 0 }', 'expected a whole number from 1'],
  ])('%s', (text, says) => {
    expect(problems(text).join('\n')).toContain(says);
    expect(read(text).config).toBeUndefined();
  });

  test('never show a secret', () => {
    const found = problems('{ url: http://a, sticky: { secret: too-short } }').join('\n');
    expect(found).toContain('expected a secret of 16 characters or more, got text');
    expect(found).not.toContain('too-short');
    expect(problems('{ url: http://u:hidden@a }').join()).not.toContain('hidden');
  });

  test('come all at once', () => {
    expect(problems('{ balance: x, timeoutMs: x, pool: x }')).toHaveLength(4);
  });
});

test('certificates that nobody looks at are a warning', () => {
  expect(problems('{ url: https://a, tls: { verify: false } }')).toEqual([
    'f:2:42 warning CFG110 upstreams.main.tls.verify: whoever stands between the gateway and the targets can read and change everything',
  ]);
});
