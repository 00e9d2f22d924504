/** The example as a new user meets it: started, and its lines put into a shell with the real curl. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';

// A process is started, which takes its time on a busy machine.
vi.setConfig({ testTimeout: 30_000 });

const folder = mkdtempSync(join(tmpdir(), 'interpose-graphql-'));
const program = join(folder, 'server.mjs');
let example: ChildProcess;
let printed = '';
let log = '';
let lines: string[] = [];

beforeAll(async () => {
  const curl = spawnSync('curl', ['--version'], { encoding: 'utf8' });
  if (curl.status !== 0)
    throw new Error('This suite runs the printed lines and needs the program curl on PATH');
  await build({
    entryPoints: [fileURLToPath(new URL('server.mjs', import.meta.url))],
    outfile: program,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    conditions: ['@interpose/source'],
    banner: {
      js: "import { createRequire as r } from 'node:module'; const require = r(import.meta.url);",
    },
  });
  example = spawn(process.execPath, [program], { env: { ...process.env, PORT: '0' } });
  example.stdout?.setEncoding('utf8').on('data', (chunk: string) => (log += chunk));
  await new Promise<void>((resolve, reject) => {
    example.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
      printed += chunk;
      if (/Ctrl-C stops it\.\n/.test(printed)) resolve();
    });
    example.once('exit', () => reject(new Error(`The example did not start: ${printed}`)));
  });
  lines = printed.split('\n').filter((line) => line.startsWith('  curl '));
}, 60_000);

afterAll(() => {
  example?.kill('SIGKILL');
  rmSync(folder, { recursive: true });
});

interface Answer {
  readonly data?: Record<string, unknown> | null;
  readonly errors?: readonly {
    readonly message: string;
    readonly extensions?: { code?: string };
  }[];
  readonly extensions?: { readonly timing?: object };
}

/** Puts a line into a shell, as it is. */
async function shell(line: string): Promise<string> {
  const child = spawn('sh', ['-c', line], { stdio: ['ignore', 'pipe', 'ignore'] });
  return text(child.stdout);
}

const answerTo = async (line: string): Promise<Answer> => JSON.parse(await shell(line)) as Answer;

const codesOf = ({ errors = [] }: Answer): unknown[] => errors.map((one) => one.extensions?.code);

test('000-16 it says where it listens and what to try', () => {
  expect(lines).toHaveLength(8);
  expect(printed).toMatch(/^GraphQL on http:\/\/127\.0\.0\.1:\d+\/graphql\. /);
});

test('M-144 M-148 000-16 the first line: buyers are loaded at once, and their addresses masked', async () => {
  const ada = { name: 'Ada', email: 'a***@example.com' };
  expect(await answerTo(lines[0] as string)).toEqual({
    data: {
      orders: [
        { item: 'tea', buyer: ada },
        { item: 'milk', buyer: { name: 'Bob', email: 'b***@example.com' } },
        { item: 'sugar', buyer: ada },
      ],
    },
  });
  expect(log).toBe('loading people 1, 2\n');
});

test('M-147 000-16 the second line: one’s own, in part; nothing without a token', async () => {
  const line = lines[1] as string;
  expect(await answerTo(line)).toEqual({
    data: { me: { name: 'Ada', email: 'a***@example.com', card: '****1234' } },
  });
  const nobody = await answerTo(line.replace(/-H 'Authorization: [^']*'/, ''));
  expect([nobody.data, codesOf(nobody)]).toEqual([{ me: null }, ['UNAUTHENTICATED']]);
});

test('M-147 000-16 the third line: not that of others', async () => {
  const answer = await answerTo(lines[2] as string);
  const cards = ((answer.data?.['orders'] ?? []) as { buyer: { card: unknown } }[]).map(
    ({ buyer }) => buyer.card,
  );
  expect(cards).toEqual(['****1234', null, '****1234']);
  expect(codesOf(answer)).toEqual(['FORBIDDEN']);
  // Each request loads for itself.
  expect(log).toBe('loading people 1, 2\n'.repeat(2));
});

test('M-148 M-149 000-16 the fourth line: everything, and times', async () => {
  const { data, extensions } = await answerTo(lines[3] as string);
  expect(JSON.stringify(data)).toContain('{"email":"bob@example.com","card":"5500000000005678"}');
  expect(Object.keys(extensions?.timing ?? {}).toSorted()).toEqual(['Order.buyer', 'Query.orders']);
});

test('M-145 000-16 the fifth line is too deep, and one level less is not', async () => {
  const line = lines[4] as string;
  const deep = await answerTo(line);
  expect(codesOf(deep)).toEqual(['DEPTH_LIMIT_EXCEEDED']);
  expect(deep.errors?.[0]?.message).toContain('8 deep');
  const shallow = await answerTo(line.replace('friends(first: 1) { ', '').replace(' }', ''));
  expect(codesOf(shallow)).toEqual([]);
});

test('M-146 000-16 the sixth line is too dear', async () => {
  expect(codesOf(await answerTo(lines[5] as string))).toEqual(['COMPLEXITY_LIMIT_EXCEEDED']);
});

test('000-16 the seventh line is answered every time', async () => {
  for (let times = 0; times < 3; times++) {
    expect(await answerTo(lines[6] as string)).toEqual({ data: { rate: 1.17 } });
  }
});

test('M-149 000-16 the eighth line counts them', async () => {
  const metrics = await shell(lines[7] as string);
  expect(metrics).toContain(
    'graphql_field_calls_total{type="Query",field="rate",status="success"} 3\n',
  );
  expect(metrics).toContain(
    'graphql_field_calls_total{type="Query",field="rate",status="error"} 0\n',
  );
});

// The last one, for it ends the example.
test('000-16 at SIGTERM it ends with 0', async () => {
  example.removeAllListeners('exit');
  const closed = once(example, 'close');
  example.kill('SIGTERM');
  expect((await closed)[0]).toBe(0);
});
