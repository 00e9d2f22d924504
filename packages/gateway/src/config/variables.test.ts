/** Variables in a config: types by what is wanted, those that may be empty, files with secrets. */
import { chmodSync, mkdtempSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { standardPlugins } from '../plugins/standard.ts';
import { formatProblem } from './problem.ts';
import { readConfig } from './read-config.ts';
import { redactedConfig } from './redacted-config.ts';
import { readSecretFile } from './secret-file.ts';

type Environment = Record<string, string>;
const options = (environment: Environment): Parameters<typeof readConfig>[1] => ({
  file: 'f',
  plugins: standardPlugins,
  environment,
});
const read = (text: string, environment: Environment = {}): ReturnType<typeof readConfig> =>
  readConfig(text, options(environment));
const lines = (text: string, environment: Environment = {}): string[] =>
  read(text, environment).problems.map(formatProblem);
const ROUTE = 'routes: [{ name: r, path: /r, respond: {} }]';

describe('the type of a variable is that of its place', () => {
  test.each(['true', 'TRUE', 'yes', 'on', '1'])(
    'G-141 "%s" is true where a flag is wanted',
    (V) => {
      const { config } = read(`plugins: [{ request-id: { acceptInbound: "\${V}" } }]\n${ROUTE}`, {
        V,
      });
      expect(config?.plugins[0]?.options).toEqual({ acceptInbound: true });
    },
  );

  test.each(['false', 'No', 'OFF', '0'])('G-141 "%s" is false where a flag is wanted', (V) => {
    const { config } = read(`plugins: [{ request-id: { acceptInbound: "\${V}" } }]\n${ROUTE}`, {
      V,
    });
    expect(config?.plugins[0]?.options).toEqual({ acceptInbound: false });
  });

  test('G-141 "1" is a number where one is wanted, and a text where that is', () => {
    const { config } = read(
      `listen: { port: "\${V}" }\nroutes: [{ name: "\${V}", path: /r, respond: { body: "\${V}" } }]`,
      { V: '1' },
    );
    expect(config?.listen.port).toBe(1);
    expect(config?.routes[0]).toMatchObject({ name: '1', respond: { body: '1' } });
  });

  test('G-141 what is neither is refused, without its value', () => {
    const text = `plugins: [{ request-id: { acceptInbound: "\${V}" } }]\n${ROUTE}`;
    expect(lines(text, { V: '2' })).toEqual([
      '1:42 error CFG010'.replace(/^/, 'f:') +
        ' plugins[0].request-id.acceptInbound: expected true or false, got the value of "${V}"',
    ]);
  });

  test('a word that stands in the file itself is no flag', () => {
    expect(lines(`plugins: [{ request-id: { acceptInbound: "yes" } }]\n${ROUTE}`)).toEqual([
      'f:1:42 error CFG010 plugins[0].request-id.acceptInbound: expected true or false, got "yes"',
    ]);
  });
});

describe('a variable that may be empty', () => {
  test('G-141 is as good as not there: defaults hold, items and entries are left out', () => {
    const { config, problems } = read(
      `listen: { host: "\${NONE:-}", port: "\${EMPTY:-}" }
plugins:
  - cors: { origins: ["https://a.example", "\${NONE:-}"], maxAgeMs: "\${NONE:-}" }
  - key-auth: { keys: { ada: "\${NONE:-}", bob: "\${KEY}" } }
${ROUTE}`,
      { EMPTY: '', KEY: 'a-good-key-of-bob' },
    );
    expect(problems).toEqual([]);
    expect(config?.listen).toEqual({ host: '127.0.0.1', port: 8080 });
    expect(config?.plugins.map((use) => use.options)).toEqual([
      { origins: ['https://a.example'] },
      { keys: { bob: 'a-good-key-of-bob' } },
    ]);
  });

  test('G-141 in the place of what has to be there is missing; a key that nobody knows is still told of', () => {
    expect(
      lines('routes: [{ name: r, path: "${NONE:-}", respond: {} }]\nlisten: { prot: "${NONE:-}" }'),
    ).toEqual([
      'f:1:10 error CFG014 routes[0]: a route needs "path"; the variable that stands for it is empty',
      'f:2:11 error CFG011 listen.prot: "listen" has no such key — did you mean "port"?',
    ]);
  });

  test('beside other text is nothing but that text', () => {
    const { config } = read('routes: [{ name: r, path: "/a${NONE:-}", respond: {} }]');
    expect(config?.routes[0]?.path).toBe('/a');
  });
});

describe('a file with a secret', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'interpose-secret-'));
    writeFileSync(join(folder, 'key'), 'a-good-key-of-ada\n');
    writeFileSync(join(folder, 'port'), '81\r\n');
    writeFileSync(join(folder, 'empty'), '\n');
    writeFileSync(join(folder, 'large'), 'x'.repeat(70_000));
    writeFileSync(join(folder, 'bytes'), new Uint8Array([0xff, 0xfe]));
    mkdirSync(join(folder, 'folder'));
    symlinkSync('key', join(folder, 'link'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));
  const body = (name: string): string =>
    `routes: [{ name: r, path: /r, respond: { body: "\${file:${join(folder, name)}}" } }]`;

  test('stands in for a text or a number, without the line break at its end, also through a link', () => {
    const { config } = read(
      `listen: { port: "\${file:${join(folder, 'port')}}" }\n${body('link')}`,
    );
    expect(config?.listen.port).toBe(81);
    expect(config?.routes[0]?.respond?.body).toBe('a-good-key-of-ada');
  });

  test.each([
    ['gone', 'there is no such file'],
    ['key/below', 'a part of its path is no directory'],
    ['folder', 'it is no plain file'],
    ['empty', 'it is empty'],
    ['large', 'it has more than 65536 bytes'],
    ['bytes', 'it is no text in UTF-8'],
  ])('that is no use (%s) is one problem with its place', (name, reason) => {
    expect(lines(body(name))).toEqual([
      `f:1:48 error CFG007 routes[0].respond.body: the file ${join(folder, name)} gives no value: ${reason}`,
    ]);
  });

  test('has to be named from the root', () => {
    expect(() => readSecretFile('key')).toThrow('expected a path that begins at the root');
  });

  test('that may not be read is told so', () => {
    const file = join(folder, 'closed');
    writeFileSync(file, 'x');
    chmodSync(file, 0);
    // The superuser may read everything.
    if (process.getuid?.() === 0) expect(readSecretFile(file)).toBe('x');
    else expect(() => readSecretFile(file)).toThrow('there is no permission to read it');
  });

  test('can have something in its stead', () => {
    const { config } = read(body('gone').replace('}"', ':-instead}"'));
    expect(config?.routes[0]?.respond?.body).toBe('instead');
  });

  test('is not read where nobody may', () => {
    const { problems } = readConfig(body('key'), {
      ...options({}),
      readSecret: () => {
        throw new Error('no files here');
      },
    });
    expect(problems.map(({ message }) => message)).toEqual([
      `the file ${join(folder, 'key')} gives no value: no files here`,
    ]);
  });

  test('is not shown when what it says is wrong', () => {
    const [line] = lines(`listen: { port: "\${file:${join(folder, 'key')}}" }\n${ROUTE}`);
    expect(line).toContain('CFG010 listen.port');
    expect(line).not.toContain('a-good-key');
  });
});

describe('redactedConfig', () => {
  test('hides secret options, names that tell a secret, and what came from outside, and nothing else', () => {
    const { config } = read(
      `upstreams: { a: { url: "http://\${HOST}:81" } }
plugins:
  - request-id: { header: X-Key }
  - key-auth: { keys: { ada: a-good-key-of-ada }, header: X-API-Key }
routes:
  - { name: r, path: /r, upstream: a }
  - { name: s, path: /s, respond: { headers: { Set-Cookie: a=b, X-Y: "z" }, body: "\${SHORT}" } }`,
      { HOST: 'inner-host.example', SHORT: 'xyz' },
    );
    if (!config) throw new Error('There is a config.');
    const safe = redactedConfig(config, standardPlugins);
    expect(safe.upstreams['a']).toMatchObject({ url: '[redacted]' });
    expect(safe.plugins).toEqual([
      { name: 'request-id', options: { header: 'X-Key' } },
      { name: 'key-auth', options: { keys: '[redacted]', header: 'X-API-Key' } },
    ]);
    expect(safe.routes[1]?.respond).toEqual({
      status: 200,
      headers: { 'Set-Cookie': '[redacted]', 'X-Y': 'z' },
      body: '[redacted]',
    });
    expect(safe.listen).toEqual(config.listen);
    expect(config.routes[1]?.respond?.body).toBe('xyz');
  });
});
