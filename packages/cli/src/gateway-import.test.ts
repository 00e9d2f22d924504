/** Tests of `interpose gateway import`, with files as they are on a disk. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { runCommand } from './run-command.ts';
import { systemIo } from './system-io.ts';

const SPEC = `openapi: 3.1.0
info: { title: Orders, version: 1.0.0 }
servers: [{ url: 'http://127.0.0.1:9000/v1' }]
security: [{ key: [] }]
paths:
  /orders: { get: { operationId: list, responses: {} } }
  /orders/{id}: { delete: { operationId: remove, responses: {} } }
components:
  securitySchemes: { key: { type: apiKey, in: header, name: X-Key } }
`;

async function files(named: Readonly<Record<string, string>>): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'import-'));
  onTestFinished(() => rm(directory, { recursive: true }));
  for (const [name, text] of Object.entries(named)) {
    await mkdir(join(directory, name, '..'), { recursive: true });
    await writeFile(join(directory, name), text);
  }
  return directory;
}

async function run(...argv: string[]): Promise<{ code: number; out: string; err: string }> {
  let [out, err] = ['', ''];
  const io = {
    ...systemIo(),
    environment: { ORDERS_KEY: 'a-long-enough-key' },
    out: (text: string) => void (out += text),
    err: (text: string) => void (err += text),
  };
  const code = await runCommand(['gateway', ...argv], io);
  return { code, out, err };
}

test('prints a config that `check` takes, also with plugins that check callers', async () => {
  const directory = await files({ 'openapi.yaml': SPEC });
  const printed = await run('import', join(directory, 'openapi.yaml'));
  expect(printed).toEqual({
    code: 0,
    err: '',
    out: `listen:
  host: 127.0.0.1
  port: 8080
upstreams:
  Orders:
    url: http://127.0.0.1:9000/v1
routes:
  - name: Orders.list
    path: /orders
    methods:
      - GET
    upstream: Orders
  - name: Orders.remove
    path: /orders/{id}
    methods:
      - DELETE
    upstream: Orders
`,
  });
  for (const more of [[], ['--auth'], ['--server', 'http://127.0.0.1:1/x']]) {
    const { out } = await run('import', ...more, join(directory, 'openapi.yaml'));
    const config = join(directory, 'gateway.yaml');
    await writeFile(config, out);
    const checked = await run('check', config);
    expect([checked.code, checked.out]).toEqual([
      0,
      expect.stringContaining(`ok (2 routes, 1 upstream, ${more[0] === '--auth' ? 2 : 0} plugins)`),
    ]);
  }
});

test('takes directories and several files, and says what is wrong with all of them', async () => {
  const directory = await files({
    'services/a/spec.yaml': SPEC,
    'services/b/spec.yaml': SPEC.replace('Orders', 'Other').replaceAll('/orders', '/other'),
    'broken.yaml': 'openapi: 2',
  });
  const both = await run('import', join(directory, 'services'));
  expect([both.code, both.err]).toEqual([0, '']);
  expect(both.out).toContain('- name: Other.list');
  const broken = await run('import', join(directory, 'services'), join(directory, 'broken.yaml'));
  expect([broken.code, broken.out]).toEqual([1, '']);
  expect(broken.err).toMatch(/broken\.yaml#\/openapi error: expected a version such as 3\.1\.0/);
  const none = await run('import', join(directory, 'none.yaml'));
  expect([none.code, none.err]).toEqual([1, expect.stringContaining('there is no such file')]);
});
