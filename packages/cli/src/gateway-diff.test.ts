/** `gateway diff`, `gateway schema`, and the formats of `gateway check`. */
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, test } from 'vitest';
import { fileWorld } from '../test-kit/file-world.ts';

const OLD = `upstreams: { orders: { url: http://127.0.0.1:1 }, users: { url: http://127.0.0.1:2 } }
plugins: [request-id, { key-auth: { keys: { ada: first-secret } } }]
routes:
  - { name: orders, path: /orders, upstream: orders }
  - { name: users, path: /users, upstream: users, plugins: [access-log] }
`;
const NEW = `upstreams: { orders: { url: http://127.0.0.1:3 }, users: { url: http://127.0.0.1:2 } }
plugins: [{ request-id: {}, priority: 11 }, { key-auth: { keys: { ada: other-secret } } }]
routes:
  - { name: users, path: /users, methods: [GET], upstream: users }
  - { name: orders, path: /orders, upstream: orders }
  - { name: hello, path: /hello, respond: {} }
`;

describe('gateway diff', () => {
  const run = fileWorld({ 'old.yaml': OLD, 'new.yaml': NEW, 'bad.yaml': 'routes: 5' });

  test('tells what changes, and what becomes of what was learned, without secrets', async () => {
    const { code, out, err } = await run('gateway', 'diff', 'old.yaml', 'new.yaml');
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toBe(`~ upstream orders (targets that stay keep what they have learned)
    url: "http://127.0.0.1:1" → "http://127.0.0.1:3"
~ plugin request-id of all routes (what it has learned is kept)
    priority: 11 is new
~ plugin key-auth of all routes (begins anew: what it has learned is lost)
    options.keys: differs ("[redacted]")
- plugin access-log of route users (ends with the requests that are under way)
~ route users
    methods: ["GET"] is new
+ route hello
> route users stands at another place among the routes
kept as they are: 1 upstream, 1 plugin
`);
  });

  test('of the same twice is none', async () => {
    const { code, out } = await run('gateway', 'diff', 'old.yaml', 'old.yaml');
    expect({ code, out }).toEqual({ code: 0, out: 'no changes\n' });
  });

  test('as JSON has each change', async () => {
    const { out } = await run('gateway', 'diff', '--json', 'old.yaml', 'new.yaml');
    const { changes, kept } = JSON.parse(out);
    expect(kept).toEqual({ upstreams: 1, plugins: 1 });
    expect(changes[0]).toMatchObject({ kind: 'changed', part: 'upstream', fate: 'kept in part' });
    expect(out).not.toMatch(/first-secret|other-secret/);
  });

  test('of a config with errors shows them, and 1', async () => {
    const { code, out, err } = await run('gateway', 'diff', 'old.yaml', 'bad.yaml');
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err).toMatch(/^bad\.yaml:1:9 error CFG010 /);
  });
});

test('gateway schema prints a schema that takes a config', async () => {
  const { code, out } = await fileWorld({})('gateway', 'schema');
  expect(code).toBe(0);
  const isValid = new Ajv2020({ strict: true, allowUnionTypes: true }).compile(JSON.parse(out));
  expect(isValid({ routes: [{ name: 'r', path: '/r', respond: {} }] })).toBe(true);
  expect(isValid({ routes: [{ name: 'r', path: '/r', respnd: {} }] })).toBe(false);
});

describe('the formats of gateway check', () => {
  const text = 'upstreams: { a: { url: http://a } }\nroutes: [{ name: r, path: /r, upstream: b }]';
  const run = fileWorld({ './sub dir/g.yaml': text, '/etc/g.yaml': text, 'g.yaml': text });

  test('sarif has rules, and a result with its place for each problem', async () => {
    const { code, out } = await run('gateway', 'check', '--format', 'sarif', './sub dir/g.yaml');
    expect(code).toBe(1);
    const log = JSON.parse(out);
    expect(log.version).toBe('2.1.0');
    const [{ tool, results }] = log.runs;
    expect(results).toHaveLength(2);
    const [warning, error] = results;
    expect(warning.level).toBe('warning');
    expect(error).toMatchObject({
      ruleId: 'CFG012',
      level: 'error',
      message: { text: expect.stringMatching(/^routes\[0\]\.upstream: unknown upstream "b"/) },
      locations: [
        {
          physicalLocation: {
            artifactLocation: { uri: 'sub%20dir/g.yaml' },
            region: { startLine: 2, startColumn: 41 },
          },
        },
      ],
    });
    expect(tool.driver.rules[error.ruleIndex]).toMatchObject({ id: 'CFG012' });
  });

  test('a file that is named from the root has a file address', async () => {
    const { out } = await run('gateway', 'check', '--format', 'sarif', '/etc/g.yaml');
    const [{ results }] = JSON.parse(out).runs;
    expect(results[0].locations[0].physicalLocation.artifactLocation.uri).toBe(
      'file:///etc/g.yaml',
    );
  });

  test('json is what --json is', async () => {
    const [one, other] = [
      await run('gateway', 'check', '--format', 'json', 'g.yaml'),
      await run('gateway', 'check', '--json', 'g.yaml'),
    ];
    expect(one).toEqual(other);
    expect(JSON.parse(one.out)).toMatchObject({ ok: false, file: 'g.yaml' });
  });

  test('there is no other', async () => {
    const { code, err } = await run('gateway', 'check', '--format', 'xml', 'g.yaml');
    expect(code).toBe(2);
    expect(err).toMatch(/xml.*text, json, sarif/);
  });
});
