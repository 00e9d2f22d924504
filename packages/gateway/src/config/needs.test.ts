/** Tests of what the plugins of a config need of one another, told with their places. */
import { expect, test } from 'vitest';
import { definePlugin, type PluginDefinition } from '../definition/plugin.ts';
import { formatProblem } from './problem.ts';
import { readConfig } from './read-config.ts';

const at = (name: string, priority: number, needs: object = {}): PluginDefinition =>
  definePlugin({
    name,
    description: 'One of those that need one another.',
    options: {},
    ...needs,
    create: () => ({ access: { priority, handle: () => {} } }),
  });
const auth = at('auth', 20);
const plugins = [
  auth,
  at('acl', 30, { after: auth }),
  at('one', 40, { after: { name: 'two' } }),
  at('two', 50, { after: { name: 'one' } }),
];

function problemsOf(lines: readonly string[]): string[] {
  const text = [...lines, 'routes:', '  - { name: all, path: /*, respond: { body: x } }'].join(
    '\n',
  );
  const { config, problems } = readConfig(text, { file: 'g.yaml', plugins, environment: {} });
  expect(config === undefined).toBe(problems.length > 0);
  return problems.map(formatProblem);
}

test('needs that are met say nothing', () => {
  expect(problemsOf(['plugins: [acl, auth]'])).toEqual([]);
  expect(problemsOf(['plugins: [auth]'])).toEqual([]);
});

test('what is needed and not there is an error at the plugin that needs it', () => {
  expect(problemsOf(['plugins:', '  - acl'])).toEqual([
    'g.yaml:2:5 error CFG022 plugins[0]: "acl" needs "auth" before it, which is not there. Add it, or take "acl" out.',
  ]);
});

test('so is one that is disabled', () => {
  expect(problemsOf(['plugins:', '  - auth:', '    state: disabled', '  - acl'])).toEqual([
    'g.yaml:4:5 error CFG022 plugins[1]: "acl" needs "auth" before it, which is disabled. Switch it on, or "acl" off.',
  ]);
});

test('and one whose place the config has changed', () => {
  expect(problemsOf(['plugins:', '  - auth', '  - acl:', '    priority: 10'])).toEqual([
    'g.yaml:3:5 error CFG022 plugins[1]: "acl" has to run after "auth" in access, but has the priority 10, and "auth" 20. Give "acl" a larger one.',
  ]);
});

test('a circle is told once', () => {
  expect(problemsOf(['plugins: [one, two]'])).toEqual([
    'g.yaml:1:11 error CFG022 plugins[0]: Plugins need one another in a circle: "one" after "two" after "one". Take out one of these needs.',
  ]);
});

test('a plugin of a route finds what all routes have, and not what another route has', () => {
  const route = (name: string, list: string): string =>
    `  - { name: ${name}, path: /${name}, plugins: [${list}], respond: { body: x } }`;
  const read = (...lines: string[]) =>
    readConfig(lines.join('\n'), { file: 'g.yaml', plugins, environment: {} }).problems;
  expect(read('plugins: [auth]', 'routes:', route('a', 'acl'))).toEqual([]);
  expect(read('routes:', route('a', 'auth, acl'), route('b', 'auth'))).toEqual([]);
  const [problem] = read('routes:', route('a', 'auth'), route('b', 'acl'));
  expect(problem).toMatchObject({ line: 3, path: 'routes[1].plugins[0]', code: 'CFG022' });
  expect(problem?.message).toContain('which the route "b" does not have');
});

test('what code registers is left to the start', () => {
  const text = 'plugins: [acl]\nroutes: [{ name: all, path: /*, respond: { body: x } }]';
  const options = { file: 'g.yaml', plugins, environment: {} };
  expect(readConfig(text, options).config).toBe(undefined);
  expect(readConfig(text, { ...options, registered: ['auth'] }).problems).toEqual([]);
});

test('is not asked while there are other errors, which would be the cause of new ones', () => {
  expect(problemsOf(['plugins: [acl, nobody]'])).toEqual([
    expect.stringContaining('unknown plugin "nobody"'),
  ]);
});
