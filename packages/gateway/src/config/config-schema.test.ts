/** configSchema held against readConfig: what one takes the other takes, and what is wrong in its form is refused by both. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { parse } from 'yaml';
import { definePlugin } from '../definition/plugin.ts';
import { standardPlugins } from '../plugins/standard.ts';
import { configSchema } from './config-schema.ts';
import { described, type JsonSchema, schemaOf, tells } from './probe.ts';
import { problemCodes } from './problem.ts';
import { readConfig } from './read-config.ts';
import { flag, number, oneOf, text } from './scalar-shapes.ts';
import { listOf, optional, readFields, recordOf, required, type Shape } from './shape.ts';

// Hundreds of documents are read, which takes its time on a busy machine.
vi.setConfig({ testTimeout: 30_000 });

const root = fileURLToPath(new URL('../../../../', import.meta.url));
const validator = (schema: JsonSchema): ((value: unknown) => boolean) =>
  new Ajv2020({ strict: true, allowUnionTypes: true }).compile(schema);

function filesIn(folder: string, end: string): string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    if (name === 'node_modules' || name === 'dist') return [];
    if (statSync(path).isDirectory()) return filesIn(path, end);
    return name.endsWith(end) ? [path] : [];
  });
}

describe('the schema of a whole config', () => {
  const isValid = validator(configSchema(standardPlugins));

  test('takes every config of the examples and of the pages', () => {
    const yaml = filesIn(join(root, 'examples'), '.yaml').map((path) => readFileSync(path, 'utf8'));
    const pages = filesIn(join(root, 'docs'), '.md').flatMap((path) =>
      [...readFileSync(path, 'utf8').matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, block]) => block),
    );
    let checked = 0;
    for (const source of [...yaml, ...pages] as string[]) {
      const isConfig = readConfig(source, { file: 'f', plugins: standardPlugins }).config;
      if (!isConfig) continue;
      expect(isValid(parse(source)), source).toBe(true);
      checked++;
    }
    expect(checked).toBeGreaterThan(1);
  });

  test('refuses an unknown key, a wrong type and what is missing, wherever it is', () => {
    const route = { name: 'r', path: '/r', respond: {} };
    expect(isValid({ routes: [route] })).toBe(true);
    for (const wrong of [
      {},
      [],
      'routes',
      { routes: [] },
      { routes: {} },
      { routes: [{ ...route, nmae: 'x' }] },
      { routes: [{ name: 'r' }] },
      { routes: [{ ...route, methods: 'GET' }] },
      { routes: [{ ...route, respond: { status: 99 } }] },
      { routes: [route], listen: { port: 'x' } },
      { routes: [route], plugins: ['no-such-plugin'] },
      { routes: [route], plugins: ['key-auth'] },
      { routes: [route], plugins: [{ 'key-auth': {} }] },
      { routes: [route], plugins: [{ 'request-id': { hedaer: 'x' } }] },
      { routes: [route], plugins: [{ 'request-id': {}, state: 'off' }] },
      { routes: [route], plugins: [{ 'request-id': {}, priority: { acces: 1 } }] },
    ]) {
      expect(isValid(wrong), JSON.stringify(wrong)).toBe(false);
    }
  });

  test('takes a variable where a number, a flag or a word is wanted', () => {
    const variable = '${NAME:-1}';
    const config = {
      $schema: './gateway.schema.json',
      listen: { port: variable },
      plugins: [{ 'request-id': { acceptInbound: variable }, state: variable }],
      routes: [{ name: 'r', path: '/r', methods: [variable], respond: { status: variable } }],
    };
    expect(isValid(config)).toBe(true);
    expect(isValid({ ...config, listen: { port: 'NAME' } })).toBe(false);
  });

  test('has a description and a default of each option that has one', () => {
    const { $defs } = configSchema(standardPlugins) as { $defs: Record<string, JsonSchema> };
    const options = $defs['options-of-rate-limit'] as { properties: Record<string, JsonSchema> };
    expect(options.properties['windowMs']).toMatchObject({
      description: expect.stringMatching(/\.$/),
      default: 60_000,
    });
    const keys = $defs['options-of-key-auth'] as { properties: Record<string, JsonSchema> };
    expect(keys.properties['keys']).toMatchObject({ type: 'object', writeOnly: true });
  });

  test('without any plugin takes no use of one', () => {
    const isBare = validator(configSchema([]));
    expect(isBare({ routes: [{ name: 'r', path: '/r', respond: {}, plugins: [] }] })).toBe(true);
    expect(isBare({ routes: [{ name: 'r', path: '/r', respond: {}, plugins: ['a'] }] })).toBe(
      false,
    );
  });
});

test('the page about configs names every key at the top, and every code', () => {
  const page = readFileSync(join(root, 'docs/gateway/config.md'), 'utf8');
  const { properties } = configSchema([]) as { properties: JsonSchema };
  const names = [
    ...Object.keys(properties).map((name) => `| \`${name}\``),
    ...Object.values(problemCodes),
  ];
  expect(names.filter((name) => !page.includes(name))).toEqual([]);
});

test('a method that HTTP knows is one, also an odd one', () => {
  const isValid = validator(configSchema([]));
  const route = (method: string): unknown => ({
    routes: [{ name: 'r', path: '/r', methods: [method], respond: {} }],
  });
  expect(isValid(route('PROPFIND'))).toBe(true);
  expect(isValid(route('GTE'))).toBe(false);
});

const plugins = [
  definePlugin({
    name: 'limit',
    description: 'Limits.',
    options: {
      most: { type: 'number', required: true, min: 1, description: 'How many.' },
      keys: { type: 'record', description: 'By key.' },
      names: { type: 'string[]', choices: ['a', 'b'], description: 'Whose.' },
      on: { type: 'boolean', default: true, description: 'Whether.' },
    },
    create: () => ({ access: { handle() {} } }),
  }),
  definePlugin({ name: 'plain', description: 'Nothing.', options: {}, create: () => ({}) }),
];

const GOOD = {
  listeners: [{ host: '::1', port: 1, http2: false, redirectToHttps: { port: 2 } }],
  connections: { maxBodyBytes: 5 },
  shutdown: { graceMs: 5 },
  health: { path: '/healthy' },
  admin: { port: 3 },
  system: { cleanupIntervalMs: 5000 },
  trustedProxies: ['10.0.0.0/8'],
  environmentSettings: false,
  upstreams: {
    a: { url: 'http://a', idleTimeoutMs: 5, breaker: {}, retry: { retries: 1 } },
    b: {
      targets: [{ url: 'http://b', weight: 2 }],
      balance: { kind: 'consistent-hash', by: 'address' },
      health: { path: '/h' },
      outliers: false,
      forwarded: 'none',
    },
  },
  plugins: ['plain', { limit: { most: 5, keys: { k: 'v' }, names: ['a'], on: true }, priority: 3 }],
  routes: [
    { name: 'r', path: '/r', methods: ['GET'], upstream: 'a', plugins: [{ limit: { most: 1 } }] },
    {
      name: 's',
      path: '/s',
      host: ['a.example', '*.b.example'],
      respond: { status: 200, headers: { a: 'b' }, body: [1] },
    },
    {
      name: 't',
      path: '/t/:id',
      match: {
        headers: { x: { present: true } },
        query: { v: { oneOf: ['1'] } },
        cookies: { c: 'd' },
      },
      split: [{ upstream: 'a', weight: 1 }, { upstream: 'b' }],
      canary: { upstream: 'b', percent: 5 },
      sticky: { header: 'x' },
      rewrite: { path: '/u/:id', query: { set: { q: '1' }, remove: ['z'] } },
      timeoutMs: 5,
      maxBodyBytes: 5,
      upgrades: ['websocket'],
      mirror: { upstream: 'a', percent: 1 },
    },
    { name: 'u', path: '/u', redirect: { to: '/v', status: 301, keepQuery: false } },
  ],
};

/** Puts another value somewhere into a document, or takes something out of it. */
function changed(document: unknown, steps: readonly number[], value: unknown): unknown {
  const [step, ...rest] = steps;
  if (step === undefined || typeof document !== 'object' || document === null) return value;
  const copy: unknown[] & Record<string, unknown> = structuredClone(document) as never;
  const keys = Object.keys(copy);
  if (keys.length === 0) return value;
  const key = keys[step % keys.length] as string;
  if (rest.length > 0 || value !== undefined) {
    copy[key as never] = changed(copy[key as never], rest, value) as never;
  } else if (Array.isArray(copy)) copy.splice(Number(key), 1);
  else delete copy[key];
  return copy;
}

test('the config that is changed below is a good one', () => {
  const { problems } = readConfig(JSON.stringify(GOOD), { file: 'f', plugins, environment: {} });
  expect(problems.filter(({ severity }) => severity === 'error')).toEqual([]);
});

test('the reader and the schema agree on whatever becomes of a good config', () => {
  const isValid = validator(configSchema(plugins));
  const ofForm: string[] = [problemCodes.wrongType, problemCodes.unknownKey];
  const value = fc.oneof(
    fc.constant(undefined),
    fc.constantFrom(
      '',
      'a',
      'GET',
      '/x',
      'limit',
      'plain',
      '${A}',
      0,
      1,
      -1,
      1.5,
      true,
      null,
      [],
      {},
    ),
    fc.constantFrom({ limit: { most: 2 } }, { most: 2 }, { name: 'x' }, ['a'], [{}], { access: 4 }),
  );
  const steps = fc.array(fc.nat(20), { maxLength: 6 });
  const outcomes = { taken: 0, refused: 0 };
  fc.assert(
    fc.property(steps, value, (path, put) => {
      const written = JSON.stringify(changed(GOOD, path, put));
      if (written === undefined) return;
      const document: unknown = JSON.parse(written);
      const read = readConfig(written, {
        file: 'f',
        plugins,
        environment: { A: '7' },
      });
      const valid = isValid(document);
      const isOfForm = read.problems.some(
        ({ code, message }) =>
          (ofForm.includes(code) && !message.includes('the value of')) ||
          (code === problemCodes.missing && / needs "\w+"$/.test(message)),
      );
      if (read.config) {
        outcomes.taken++;
        expect(valid, written).toBe(true);
      } else if (isOfForm) {
        outcomes.refused++;
        expect(valid, `${written} ${JSON.stringify(read.problems)}`).toBe(false);
      }
    }),
    { numRuns: 500 },
  );
  expect(outcomes.taken).toBeGreaterThan(50);
  expect(outcomes.refused).toBeGreaterThan(50);
});

describe('schemaOf', () => {
  test('asks a shape that nobody has described, also one that decides by what it is given', () => {
    const short = text({ wanted: 'an address' });
    const long: Shape<unknown> = (node, report) =>
      readFields<{ url: string; weight: number }>(
        node,
        { url: required(short), weight: optional(number({ min: 0 }), 1) },
        { what: 'a target', report },
      );
    const either: Shape<unknown> = (node, report) =>
      node.kind === 'scalar' ? short(node, report) : long(node, report);
    expect(schemaOf(either)).toEqual({
      anyOf: [
        { type: 'string', description: 'An address.' },
        {
          type: 'object',
          properties: {
            url: { type: 'string', description: 'An address.' },
            weight: {
              anyOf: [{ type: 'number', minimum: 0 }, { $ref: '#/$defs/variable' }],
              default: 1,
            },
          },
          required: ['url'],
          additionalProperties: false,
        },
      ],
    });
  });

  test('knows a kind that a shape takes without a word from one that it refuses', () => {
    const shape: Shape<unknown> = (node, report) => {
      if (node.kind === 'list') return [];
      if (node.kind === 'scalar' && typeof node.value === 'boolean') return node.value;
      return report.error('wrongType', node, 'expected a list or a flag');
    };
    expect(schemaOf(shape)).toEqual({ anyOf: [{ type: 'boolean' }, { type: 'array' }] });
  });

  test('a value that is refused for what it says does not make its kind one', () => {
    const shape: Shape<unknown> = (node, report) =>
      node.kind === 'scalar' && typeof node.value === 'string'
        ? report.error('badValue', node, 'expected another text')
        : report.error('wrongType', node, 'expected text');
    expect(schemaOf(shape)).toEqual({ type: 'string' });
  });

  test('lists and mappings have the schemas of what is in them', () => {
    const list = listOf(oneOf(['a', 'b']), { wanted: 'a list of letters' });
    const items = { anyOf: [{ enum: ['a', 'b'] }, { $ref: '#/$defs/variable' }] };
    expect(schemaOf(list)).toEqual({ type: 'array', items, description: 'A list of letters.' });
    const record = recordOf({ value: flag, wanted: 'flags by name' });
    const flags = { anyOf: [{ type: 'boolean' }, { $ref: '#/$defs/variable' }] };
    expect(schemaOf(record)).toEqual({
      type: 'object',
      additionalProperties: flags,
      description: 'Flags by name.',
    });
  });

  test('a description goes with the shape, which reads as before', () => {
    const shape = described('How long.', number({ min: 1 }), { default: 5 });
    expect(schemaOf(shape)).toMatchObject({ description: 'How long.', default: 5 });
  });

  test('what takes everything, and what reads itself inside itself, is not described', () => {
    const anything: Shape<unknown> = (node) => node;
    expect(schemaOf(anything)).toEqual({});
    const endless: Shape<unknown> = (node, report) =>
      recordOf({ value: endless, wanted: 'more' })(node, report);
    expect(JSON.stringify(schemaOf(endless)).length).toBeLessThan(5000);
    const silent: Shape<unknown> = (node) => void tells(node, () => ({ title: 'x' }));
    expect(schemaOf(silent)).toEqual({ title: 'x' });
  });
});
