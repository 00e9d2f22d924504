/** Tests of reading what a config says of the admin API, the health and housekeeping. */
import { describe, expect, test } from 'vitest';
import { readConfig } from './read-config.ts';

const ROUTES = 'routes:\n  - { name: a, path: /, respond: { status: 200 } }\n';

function read(text: string, environment: Record<string, string> = {}) {
  return readConfig(text + ROUTES, { file: 'gateway.yaml', plugins: [], environment });
}

describe('the section admin', () => {
  test('is read with all that it can say, the token from a variable', () => {
    const { config, problems } = read(
      `admin:
  host: 0.0.0.0
  port: 9000
  token: \${ADMIN_TOKEN}
  hosts: [gateway.internal]
  outside: [DATABASE_URL, 'file:/run/secrets/key']
  requests: { keep: 10, perSecond: 0 }
`,
      { ADMIN_TOKEN: 'a-token-of-the-tests' },
    );
    expect(problems).toEqual([]);
    expect(config?.admin).toEqual({
      host: '0.0.0.0',
      port: 9000,
      token: 'a-token-of-the-tests',
      hosts: ['gateway.internal'],
      outside: ['DATABASE_URL', 'file:/run/secrets/key'],
      requests: { keep: 10, perSecond: 0 },
    });
  });

  test('needs a token where others than this machine can come', () => {
    const { config, problems } = read('admin: { host: 10.0.0.1 }\n');
    expect(config).toBeUndefined();
    expect(problems).toMatchObject([
      {
        line: 1,
        column: 8,
        path: 'admin',
        message: '"admin" needs "token": beyond loopback the admin API needs a token',
      },
    ]);
    expect(read('admin: { host: "::1" }\n').problems).toEqual([]);
    expect(read('admin: {}\n').config?.admin).toEqual({});
  });

  test('shows no token that it refuses, wherever it came from', () => {
    for (const token of ['short-one', 'has spaces in between', 'ümlaut-in-the-token']) {
      const { problems } = read(`admin: { token: "${token}" }\n`);
      expect(problems).toMatchObject([{ path: 'admin.token' }]);
      expect(JSON.stringify(problems)).not.toContain(token);
    }
  });

  test('tells all that is wrong at once, with what was meant', () => {
    const text = `admin:
  prot: 1
  port: -1
  host: "a b"
  outside: ['a-b', 'file:x']
  requests: { keep: 0, persecond: 1 }
`;
    const { problems } = read(text);
    expect(problems.map(({ line, suggestion }) => [line, suggestion])).toEqual([
      [2, undefined],
      [3, undefined],
      [4, undefined],
      [5, undefined],
      [5, undefined],
      [6, undefined],
      [6, 'perSecond'],
    ]);
  });
});

describe('the sections health and system', () => {
  test('are read', () => {
    const { config } = read(
      'health: { path: /healthz, version: "2" }\nsystem: { cleanupIntervalMs: 1, statisticsIntervalMs: 2 }\n',
    );
    expect(config).toMatchObject({
      health: { path: '/healthz', version: '2' },
      system: { cleanupIntervalMs: 1, statisticsIntervalMs: 2 },
    });
    expect(read('health: {}\n').config?.health).toEqual({});
  });

  test('refuse paths that nobody can ask for, and intervals that are none', () => {
    for (const path of ['healthz', '/a//b', '/a/*', '/a?b', '/a/{id}']) {
      expect(read(`health: { path: '${path}' }\n`).problems).toMatchObject([
        { path: 'health.path' },
      ]);
    }
    expect(read('system: { statisticsIntervalMs: 0 }\n').problems).toMatchObject([{ line: 1 }]);
    expect(read('system: { cleanupIntervalMs: 1.5 }\n').problems).toMatchObject([{ line: 1 }]);
  });
});
