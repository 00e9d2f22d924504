/** Tests of options that only the plugin itself can judge: their faults have places all the same. */
import { expect, test } from 'vitest';
import { standardPlugins } from '../plugins/standard.ts';
import { readConfig } from './read-config.ts';

const problemsOf = (plugin: string) =>
  readConfig(`plugins:\n  - ${plugin}\nroutes:\n  - name: a\n    path: /\n    respond: {}\n`, {
    file: 'f',
    plugins: standardPlugins,
    environment: {},
  }).problems.map(({ line, column, code, path, message }) => ({
    at: `${line}:${column}`,
    code,
    path,
    message,
  }));

test.each([
  [
    'ip-restriction: { allow: [loopback, 10.0.0.1/8] }',
    '2:41',
    'plugins[0].ip-restriction.allow[1]',
    '`ip-restriction.allow[1]`',
  ],
  [
    'compress: { minBytes: 1, levels: { gzip: 99 } }',
    '2:46',
    'plugins[0].compress.levels.gzip',
    '9 or less',
  ],
  [
    'secure-headers: { noSniff: true, contentSecurityPolicy: { default-src: "a;b" } }',
    '2:76',
    'plugins[0].secure-headers.contentSecurityPolicy.default-src',
    'without `;` and `,`',
  ],
  ['content-negotiation', '2:5', 'plugins[0]', '`content-negotiation.types`'],
  ['acl: {}', '2:10', 'plugins[0].acl', '`acl.groups`'],
])('%s', (plugin, at, path, message) => {
  const [problem, ...others] = problemsOf(plugin);
  expect(problem).toMatchObject({ at, path, code: 'CFG021' });
  expect(problem?.message).toContain(message);
  expect(others).toEqual([]);
});

test('the place of a secret goes no deeper than the option that has it', () => {
  const [problem] = problemsOf('bearer-auth: { tokens: { a-name-for-nobody: "hunter 2" } }');
  expect(problem).toMatchObject({ at: '2:28', path: 'plugins[0].bearer-auth.tokens' });
  expect(problem?.message).not.toContain('hunter');
});

test('options of any form are read as they stand', () => {
  const { config } = readConfig(
    `plugins:
  - secure-headers:
      frameOptions: false
      strictTransportSecurity: { maxAgeSeconds: 60, preload: false }
  - request-transform:
      setBody: { list: [1, a, null, { b: true }], text: x }
routes: [{ name: a, path: /, respond: {} }]
`,
    { file: 'f', plugins: standardPlugins, environment: {} },
  );
  expect(config?.plugins.map(({ options }) => options)).toEqual([
    { frameOptions: false, strictTransportSecurity: { maxAgeSeconds: 60, preload: false } },
    { setBody: { list: [1, 'a', null, { b: true }], text: 'x' } },
  ]);
});
