/** The example as a new user meets it: started as it is, and with its one line changed on a real Redis; both print the same. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { ensureCommands } from '../../scripts/debian.mjs';

// Processes are started, which takes its time on a busy machine.
vi.setConfig({ testTimeout: 60_000 });

const file = fileURLToPath(new URL('worker.mjs', import.meta.url));
const program = readFileSync(file, 'utf8');
const folder = mkdtempSync(join(tmpdir(), 'interpose-jobs-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Runs a program from the sources of the packages. */
async function run(name: string, contents: string): Promise<{ out: string; errors: string }> {
  const outfile = join(folder, `${name}.mjs`);
  await build({
    stdin: { contents, resolveDir: fileURLToPath(new URL('.', import.meta.url)) },
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    conditions: ['@interpose/source'],
    banner: {
      js: "import { createRequire as r } from 'node:module'; const require = r(import.meta.url);",
    },
  });
  const child = spawn(process.execPath, [outfile], { stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = once(child, 'close');
  const deadline = setTimeout(() => child.kill('SIGKILL'), 45_000);
  const [out, errors] = await Promise.all([text(child.stdout), text(child.stderr)]);
  clearTimeout(deadline);
  expect((await ended)[0]).toBe(0);
  return { out, errors };
}

/** What it prints, whatever it runs on. */
const KNOWN = `What is known of each:
  ada@example.com: succeeded, 1 attempts, progress 50, sent to ada@example.com
  bob@example.com: succeeded, 1 attempts, progress 50, sent to bob@example.com
  nobody: failed, 1 attempts, progress 50, "nobody" is no address
  eve@down.example: failed, 6 attempts, progress 50, the mail server is down

Dead letters:
  nobody: "nobody" is no address (unrecoverable, 1 attempts)
  eve@down.example: the mail server is down (attempts, 6 attempts)

The mail server is up again. Requeued: sent to eve@down.example
Dead letters left: 1

Metrics:
  runs completed: 3
  runs failed: 2
  runs retrying: 1
  runs postponed: 0
  attempts: 10
`;

function expectAll(out: string, driver: string): void {
  expect(out).toContain(`on the driver "${driver}"`);
  expect(out.slice(out.indexOf('What is known'))).toBe(KNOWN);
  expect(out.match(/^ {2}alert: /gm)).toHaveLength(2);
}

test('M-161 on the memory driver it prints what it says, and ends by itself', async () => {
  const { out, errors } = await run('memory', program);
  expectAll(out, 'memory');
  expect(errors).toBe('');
});

/** Where redis-server is, or why it is not to be had: in CI that is a failure. */
const command: string | Error = await ensureCommands(['redis-server']).then(
  (commands) => commands['redis-server'] ?? new Error('redis-server has no path.'),
  (error: Error) => error,
);
const isWithoutRedis = typeof command !== 'string' && process.env['CI'] === undefined;
if (isWithoutRedis) process.stderr.write(`Skipped, for want of Redis: ${command.message}\n`);

let redis: ChildProcess | undefined;
let port = 0;
beforeAll(async () => {
  if (isWithoutRedis) return;
  if (typeof command !== 'string') throw command;
  port = await freePort();
  const options = ['--port', String(port), '--bind', '127.0.0.1', '--dir', folder, '--save', ''];
  redis = spawn(command, options, { stdio: ['ignore', 'pipe', 'inherit'] });
  for await (const said of redis.stdout ?? []) {
    if (String(said).includes('Ready to accept connections')) break;
  }
});
afterAll(() => redis?.kill('SIGKILL'));

/** A port that nobody has at the moment. */
async function freePort(): Promise<number> {
  const server = createServer();
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port: free } = server.address() as AddressInfo;
  await once(server.close(), 'close');
  return free;
}

test.skipIf(isWithoutRedis)(
  'M-161 with its one line changed it does the same on Redis',
  async () => {
    const lines = program.split('\n');
    const at = lines.indexOf('const driver = memory();');
    const [, said = ''] = /^\/\/ {3}(const driver = .+)$/m.exec(program) ?? [];
    expect([at > 0, said.includes('6379')]).toEqual([true, true]);
    lines[at] = said.replace('6379', String(port));
    const { out, errors } = await run('redis', lines.join('\n'));
    expectAll(out, 'bullmq');
    expect(errors).toBe('');
  },
);
