/** readConfig on texts that nobody would write: it never throws, and always says where. */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import { createGateway } from '../gateway.ts';
import type { GatewayConfig } from '../gateway-config.ts';
import { configDiff } from '../operation/config-diff.ts';
import { explainRequest } from '../operation/explain-request.ts';
import { definePlugin } from '../definition/plugin.ts';
import { standardPlugins } from '../plugins/standard.ts';
import { formatProblem } from './problem.ts';
import { readConfig } from './read-config.ts';
import { redactedConfig } from './redacted-config.ts';

// Hundreds of documents are parsed, which takes its time on a busy machine.
vi.setConfig({ testTimeout: 30_000 });

const plugins = [
  definePlugin({
    name: 'limit',
    description: 'Limits.',
    options: {
      most: { type: 'number', required: true, min: 1, description: 'How many.' },
      keys: { type: 'record', secret: true, description: 'By key.' },
      names: { type: 'string[]', choices: ['a', 'b'], description: 'Whose.' },
      on: { type: 'boolean', description: 'Whether.' },
    },
    create: () => ({ access: { handle() {} }, log: { handle() {} } }),
  }),
];

const VALID = `listen: { host: 127.0.0.1, port: "\${PORT:-8080}" }
upstreams: &up
  orders: { url: http://127.0.0.1:8090, idleTimeoutMs: 5 }
plugins:
  - limit: { most: 5, keys: { ada: 'x' }, names: [a, b], on: true }
    state: disabled
    priority: { access: 1, log: 2 }
routes:
  - name: orders   # the first
    path: /orders/:id/*
    methods: [GET, POST]
    host: "*.example.com"
    upstream: orders
    stripPrefix: /orders
  - name: folded
    path: /folded
    respond:
      body: >-
        folded
        text
  - name: hello
    path: /hello
    respond: &r { status: 200, headers: { A: b }, body: text }
    plugins: [limit: { most: 1 }]
  - { name: same, path: /same, respond: *r }
`;

/** What variables, secret files and settings give, of which nothing may be shown. */
const OUTSIDE = {
  file: 'f',
  plugins,
  environment: { X: 'hush-hush-x', NUMBER: '7', NONE: '', SERVER_PORT: 'hush-hush-port' },
  readSecret: (path: string): string => {
    if (path === '/secret') return 'hush-hush-file';
    throw new Error('there is no such file');
  },
};

const FORM = /^f:\d+:\d+ (error|warning) CFG\d{3}( \S[^\n]*)?: [^\n]+$/;

/** Reads a text, and checks what holds for every text. */
function check(text: string): boolean {
  const { config, problems } = readConfig(text, OUTSIDE);
  const lines = text.split('\n');
  for (const problem of problems) {
    const { line, column } = problem;
    const width = lines[line - 1]?.length ?? -1;
    if (!(line >= 1 && column >= 1 && column <= width + 1))
      throw new Error(`No such place: ${line}:${column}`);
    if (!FORM.test(formatProblem(problem)))
      throw new Error(`Not the form: ${formatProblem(problem)}`);
    if (formatProblem(problem).includes('hush-hush'))
      throw new Error(`A value from outside: ${formatProblem(problem)}`);
  }
  const refused = problems.some(({ severity }) => severity === 'error');
  if (refused !== (config === undefined))
    throw new Error('A config has errors, or no config has none');
  return config !== undefined;
}

/** What can happen to a text under somebody's hands. */
const mutation: fc.Arbitrary<(text: string) => string> = fc
  .record({
    at: fc.double({ min: 0, max: 1, noNaN: true }),
    length: fc.nat(12),
    kind: fc.constantFrom('delete', 'repeat', 'insert', 'line', 'indent'),
    piece: fc.oneof(
      fc.constantFrom(
        ...'{}[]:,-#&*!|>\'"%@`?\n\t$~'.split(''),
        '${',
        '${X}',
        '"${X}"',
        '"${NUMBER}"',
        '"${NONE:-}"',
        '"${file:/secret}"',
        '${file:/gone}',
        '${file:',
        'environmentSettings: true\n',
        '&a ',
        '*r',
        '- ',
        ': ',
        '\n  ',
        '---\n',
        '\\',
        '<<: ',
      ),
      fc.string({ unit: 'binary', maxLength: 4 }),
    ),
  })
  .map(({ at, length, kind, piece }) => (text) => {
    const start = Math.floor(at * text.length);
    const [before, middle, after] = [
      text.slice(0, start),
      text.slice(start, start + length),
      text.slice(start + length),
    ];
    if (kind === 'delete') return before + after;
    if (kind === 'repeat') return before + middle + middle + after;
    if (kind === 'insert') return before + piece + middle + after;
    const lines = text.split('\n');
    const line = Math.min(Math.floor(at * lines.length), lines.length - 1);
    if (kind === 'line') lines.splice(line, 1);
    else lines[line] = ' '.repeat(length) + (lines[line] ?? '').trimStart();
    return lines.join('\n');
  });

test('the text that is changed below is a good one', () => {
  expect(readConfig(VALID, OUTSIDE).problems).toEqual([]);
  expect(check(VALID)).toBe(true);
});

test('a good text, changed a little, is read or refused with places', () => {
  const outcomes = new Set<boolean>();
  fc.assert(
    fc.property(fc.array(mutation, { minLength: 1, maxLength: 6 }), (mutations) => {
      outcomes.add(check(mutations.reduce((text, mutate) => mutate(text), VALID)));
    }),
    { numRuns: 300 },
  );
  expect(outcomes).toEqual(new Set([true, false]));
});

test('what is accepted makes a gateway', async () => {
  const file = fileURLToPath(new URL('../../../../examples/gateway/gateway.yaml', import.meta.url));
  const example = await readFile(file, 'utf8');
  const logger = { info: () => {}, warn: () => {}, error: () => {} };
  let made = 0;
  const oneOrTwo = fc.array(mutation, { minLength: 1, maxLength: 2 });
  await fc.assert(
    fc.asyncProperty(oneOrTwo, async (mutations) => {
      const text = mutations.reduce((before, mutate) => mutate(before), example);
      const { config } = readConfig(text, { file: 'f', plugins: standardPlugins, environment: {} });
      if (config === undefined) return;
      await createGateway(config, { logger }).close();
      made++;
    }),
    { numRuns: 400 },
  );
  expect(made).toBeGreaterThan(40);
});

test('any text at all', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => void check(text)),
    { numRuns: 300 },
  );
  const signs = fc.constantFrom(...'{}[]:,-?#&*!|>\'"%@ab1 \n\t$');
  fc.assert(
    fc.property(fc.string({ unit: signs, maxLength: 80 }), (text) => void check(text)),
    { numRuns: 300 },
  );
});

test('any JSON, also where the keys are right and the values are not', () => {
  const value = fc.jsonValue({ maxDepth: 3 });
  const keys = fc.constantFrom(
    'listen',
    'upstreams',
    'plugins',
    'routes',
    'limit',
    'name',
    'path',
    'respond',
    '__proto__',
  );
  const { document } = fc.letrec((tie) => ({
    document: fc.oneof(
      { maxDepth: 5 },
      value,
      fc.array(tie('document'), { maxLength: 3 }),
      fc.dictionary(keys, tie('document'), { maxKeys: 4, noNullPrototype: true }),
    ),
  }));
  fc.assert(
    fc.property(document, (json) => void check(JSON.stringify(json))),
    { numRuns: 300 },
  );
});

test('whatever is accepted can be compared, redacted and asked for routes', () => {
  const before = readConfig(VALID, OUTSIDE).config as GatewayConfig;
  let compared = 0;
  fc.assert(
    fc.property(fc.array(mutation, { minLength: 1, maxLength: 3 }), (mutations) => {
      const { config } = readConfig(
        mutations.reduce((text, mutate) => mutate(text), VALID),
        OUTSIDE,
      );
      if (config === undefined) return;
      compared++;
      const diff = JSON.stringify([
        configDiff(before, config, plugins),
        configDiff(config, before, plugins),
        redactedConfig(config, plugins),
      ]);
      expect(diff).not.toContain('hush-hush');
      expect(configDiff(config, config, plugins).changes).toEqual([]);
      expect(explainRequest(config, { url: 'http://a.example.com/orders/1/2' }).target).toBe(
        '/orders/1/2',
      );
    }),
    { numRuns: 300 },
  );
  expect(compared).toBeGreaterThan(30);
});
