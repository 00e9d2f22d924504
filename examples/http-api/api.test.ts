/** The five minutes of the README as a new user spends them: the program started, and its lines put into a shell with the real curl. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { blocksOf } from '../../tests/docs/blocks.ts';

// A process is started, which takes its time on a busy machine.
vi.setConfig({ testTimeout: 30_000 });

const HEADING = '## An HTTP API in five minutes';
const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
const from = readme.indexOf(HEADING);
const blocks = blocksOf('README.md', readme.slice(from, readme.indexOf('\n## ', from)));
const program = blocks.find(({ info }) => info === 'ts')?.text ?? '';
const lines = blocks
  .filter(({ info }) => info === 'sh')
  .flatMap(({ text: shell }) => shell.split('\n').filter((line) => line.startsWith('curl ')));

const folder = mkdtempSync(join(tmpdir(), 'interpose-api-'));
let api: ChildProcess;
let url = '';

beforeAll(async () => {
  const curl = spawnSync('curl', ['--version'], { encoding: 'utf8' });
  if (curl.status !== 0)
    throw new Error('This suite runs the printed lines and needs the program curl on PATH');
  const outfile = join(folder, 'bundle.mjs');
  await build({
    stdin: { contents: program, resolveDir: fileURLToPath(new URL('.', import.meta.url)) },
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    conditions: ['@interpose/source'],
  });
  api = spawn(process.execPath, [outfile], { env: { ...process.env, PORT: '0' } });
  const [first] = await once(api.stdout as NodeJS.ReadableStream, 'data');
  url = /the page is at (\S+)\/docs/.exec(String(first))?.[1] ?? '';
}, 60_000);

afterAll(() => {
  api?.kill('SIGKILL');
  rmSync(folder, { recursive: true });
});

/** Puts a line into a shell, as it is but for the port. */
async function shell(line: string): Promise<string> {
  const there = line.replace('http://127.0.0.1:8080', url);
  const child = spawn('sh', ['-c', there], { stdio: ['ignore', 'pipe', 'ignore'] });
  const output = await text(child.stdout);
  return output.replaceAll('\r', '');
}

test('the program of the README is the one of the example', () => {
  const [, ...rest] = readFileSync(new URL('api.mjs', import.meta.url), 'utf8').split('\n');
  expect(program).toBe(rest.join('\n'));
});

test('it listens, and the README has four lines to try', () => {
  expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
  expect(lines).toHaveLength(4);
});

test('without a key: 401', async () => {
  const answer = await shell(lines[0] as string);
  expect(answer).toMatch(/^HTTP\/1\.1 401 /);
  expect(answer).toContain('API_KEY_MISSING');
  expect(answer).toMatch(/^RateLimit: "default";r=\d+;t=\d+$/m);
});

test('with it: 200, and what is left of the limit', async () => {
  const answer = await shell(lines[1] as string);
  expect(answer).toMatch(/^HTTP\/1\.1 200 OK\n/);
  expect(answer).toMatch(/^RateLimit: "default";r=\d+;t=\d+$/m);
  expect(answer).toContain('{"id":1,"name":"Assam","grams":250}');
});

test('a tea that is valid: 201', async () => {
  const answer = await shell(lines[2] as string);
  expect(answer).toMatch(/^HTTP\/1\.1 201 Created\n/);
  expect(answer).toContain('{"id":2,"name":"Sencha","grams":100}');
});

test('one that is not: 422, with both faults', async () => {
  const answer = await shell(lines[3] as string);
  expect(answer).toMatch(/^HTTP\/1\.1 422 /);
  const { code, errors } = JSON.parse(answer.split('\n\n')[1] as string) as {
    code: string;
    errors: { path: string }[];
  };
  expect([code, errors.map(({ path }) => path)]).toEqual(['VALIDATION_FAILED', ['name', 'grams']]);
});

test('the page is there without a key, and its document tells of both routes', async () => {
  const page = await shell('curl -si http://127.0.0.1:8080/docs');
  expect(page).toMatch(/^HTTP\/1\.1 200 OK\n/);
  expect(page).toContain('Puts a tea on the shelf');
  const document = JSON.parse(await shell('curl -s http://127.0.0.1:8080/openapi.json')) as {
    paths: object;
  };
  expect(Object.keys(document.paths)).toEqual(['/teas/{id}', '/teas']);
});
