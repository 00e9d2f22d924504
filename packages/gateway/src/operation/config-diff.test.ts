/** configDiff: what is told of two configs, and what is never told. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readConfig } from '../config/read-config.ts';
import type { GatewayConfig } from '../gateway-config.ts';
import { standardPlugins } from '../plugins/standard.ts';
import { configDiff, type ConfigChange } from './config-diff.ts';
import { movedNames } from './moved-names.ts';

function config(text: string, environment: Record<string, string> = {}): GatewayConfig {
  const read = readConfig(text, { file: 'f', plugins: standardPlugins, environment });
  if (!read.config) throw new Error(JSON.stringify(read.problems));
  return read.config;
}

function changes(before: string, after: string): readonly ConfigChange[] {
  return configDiff(config(before), config(after), standardPlugins).changes;
}

const ROUTES = (...names: string[]): string =>
  `routes: [${names.map((name) => `{ name: ${name}, path: /${name}, respond: {} }`).join(', ')}]`;

describe('configDiff', () => {
  test('of a config with itself is empty, and everything is kept', () => {
    const one = config(`upstreams: { a: { url: http://a } }
plugins: [request-id]
routes: [{ name: r, path: /r, upstream: a, plugins: [{ rate-limit: { limit: 5 } }] }]`);
    expect(configDiff(one, structuredClone(one), standardPlugins)).toEqual({
      changes: [],
      kept: { upstreams: 1, plugins: 2 },
    });
  });

  test('tells what is added, changed and removed, part by part, and what becomes of its state', () => {
    const found = changes(
      `listen: { port: 1 }
upstreams: { a: { url: http://a }, b: { url: http://b } }
plugins: [request-id, { rate-limit: { limit: 5 } }]
routes: [{ name: r, path: /r, upstream: a }, { name: s, path: /s, upstream: b }]`,
      `listen: { port: 2 }
upstreams: { a: { url: http://a, idleTimeoutMs: 9 }, c: { url: http://c } }
plugins: [{ rate-limit: { limit: 6 } }, access-log]
routes: [{ name: r, path: /q/*, upstream: a }, { name: t, path: /t, upstream: c }]`,
    );
    expect(found).toEqual([
      {
        kind: 'changed',
        part: 'setting',
        name: 'listen',
        fate: 'nothing',
        fields: [{ path: 'port', before: 1, after: 2 }],
      },
      {
        kind: 'changed',
        part: 'upstream',
        name: 'a',
        fate: 'kept in part',
        fields: [{ path: 'idleTimeoutMs', after: 9 }],
      },
      { kind: 'added', part: 'upstream', name: 'c', fields: [], fate: 'begins' },
      { kind: 'removed', part: 'upstream', name: 'b', fields: [], fate: 'ends' },
      {
        kind: 'changed',
        part: 'plugin',
        name: 'rate-limit',
        fate: 'begins anew',
        fields: [{ path: 'options.limit', before: 5, after: 6 }],
      },
      { kind: 'added', part: 'plugin', name: 'access-log', fields: [], fate: 'begins' },
      { kind: 'removed', part: 'plugin', name: 'request-id', fields: [], fate: 'ends' },
      {
        kind: 'changed',
        part: 'route',
        name: 'r',
        fate: 'nothing',
        fields: [{ path: 'path', before: '/r', after: '/q/*' }],
      },
      { kind: 'added', part: 'route', name: 't', fields: [], fate: 'nothing' },
      { kind: 'removed', part: 'route', name: 's', fields: [], fate: 'nothing' },
    ]);
  });

  test('a plugin whose state or priority alone is another is kept', () => {
    const routes = ROUTES('r');
    const before = config(`plugins: [request-id]\n${routes}`);
    const after = config(`plugins: [{ request-id: {}, state: disabled, priority: 3 }]\n${routes}`);
    const diff = configDiff(before, after, standardPlugins);
    expect(diff.kept.plugins).toBe(1);
    expect(diff.changes).toEqual([
      {
        kind: 'changed',
        part: 'plugin',
        name: 'request-id',
        fate: 'kept',
        fields: [
          { path: 'state', after: 'disabled' },
          { path: 'priority', after: 3 },
        ],
      },
    ]);
  });

  test('plugins of different routes are different plugins, known by their route', () => {
    const of = (route: string): string =>
      `routes: [{ name: ${route}, path: /x, respond: {}, plugins: [request-id] }]`;
    expect(changes(of('r'), of('s')).map(({ kind, part, route }) => [kind, part, route])).toEqual([
      ['added', 'plugin', 's'],
      ['removed', 'plugin', 'r'],
      ['added', 'route', undefined],
      ['removed', 'route', undefined],
    ]);
  });

  test('routes in another order have moved, as few of them as can be', () => {
    const moved = changes(ROUTES('a', 'b', 'c', 'd'), ROUTES('d', 'a', 'x', 'b', 'c'));
    expect(moved.map(({ kind, name }) => [kind, name])).toEqual([
      ['added', 'x'],
      ['moved', 'd'],
    ]);
  });

  test('secrets, and what came from outside of the file, are said to differ and not shown', () => {
    const text = (key: string): string => `upstreams: { a: { url: "\${URL}" } }
plugins: [{ key-auth: { keys: { ${key} } } }]
routes: [{ name: r, path: /r, upstream: a }]`;
    const before = config(text('hush-hush-hush: abcdefgh1'), { URL: 'http://hush.example' });
    const after = config(text('other-hush-hush: abcdefgh2'), { URL: 'http://hush2.example' });
    const diff = configDiff(before, after, standardPlugins);
    const hidden = { before: '[redacted]', after: '[redacted]' };
    expect(diff.changes.map(({ fields }) => fields)).toEqual([
      [{ path: 'url', ...hidden }],
      [{ path: 'options.keys', ...hidden }],
    ]);
    expect(JSON.stringify(diff)).not.toMatch(/hush|abcdefgh/);
  });

  test('mappings in a list are compared one by one as long as there are as many', () => {
    const of = (body: string): string =>
      `routes: [{ name: r, path: /r, respond: { body: ${body} } }]`;
    const fields = (one: string, other: string): unknown => changes(of(one), of(other))[0]?.fields;
    expect(fields('[{ a: 1 }, { a: 2 }]', '[{ a: 1 }, { a: 3 }]')).toEqual([
      { path: 'respond.body[1].a', before: 2, after: 3 },
    ]);
    expect(fields('[{ a: 1 }]', '[]')).toEqual([
      { path: 'respond.body', before: [{ a: 1 }], after: [] },
    ]);
    expect(fields('[1, 2]', '[2, 1]')).toEqual([
      { path: 'respond.body', before: [1, 2], after: [2, 1] },
    ]);
  });
});

test('movedNames leaves the others in an order that rises, and names none too many', () => {
  const names = ['a', 'b', 'c', 'd', 'e', 'f'];
  fc.assert(
    fc.property(fc.shuffledSubarray(names), fc.shuffledSubarray(names), (before, after) => {
      const moved = new Set(movedNames(before, after));
      const stay = after.filter((name) => before.includes(name) && !moved.has(name));
      expect(stay.map((name) => before.indexOf(name))).toEqual(
        stay.map((name) => before.indexOf(name)).toSorted((a, b) => a - b),
      );
      const common = after
        .filter((name) => before.includes(name))
        .map((name) => before.indexOf(name));
      expect(stay.length).toBe(longestRiseByTrial(common));
    }),
  );
});

/** The slow way: of every choice of numbers those that rise, and the most of them. */
function longestRiseByTrial(numbers: readonly number[]): number {
  let most = 0;
  for (let choice = 0; choice < 1 << numbers.length; choice++) {
    const chosen = numbers.filter((_, at) => choice & (1 << at));
    const rises = chosen.every((number, at) => at === 0 || (chosen[at - 1] as number) < number);
    if (rises) most = Math.max(most, chosen.length);
  }
  return most;
}
