/** Children of a parent that dies, whatever way, and of a program that was bundled and minified, die with it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildSync } from 'esbuild';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { stateOf } from '../../test-kit/child-trial.ts';

const folder = mkdtempSync(join(tmpdir(), 'isolated-'));
const program = join(folder, 'parent.mjs');
let parent: ChildProcess | undefined;

/** Runs one job at 5 % of a processor, and ends in the way it is told. */
const PARENT = `
import { systemClock } from '@interpose/kernel/clock';
import { pipeline } from '@interpose/kernel';
import { cpuLimit } from './packages/jobs/src/limits/cpu-limit.ts';
import { isolated } from './packages/jobs/src/limits/isolated.ts';
const job = { id: '1', queue: 'q', name: 'n', data: { spin: process.argv[2] === 'spin' } };
const ctx = { job, data: job.data, attempt: 1, maxAttempts: 1, redelivered: false, clock: systemClock,
  signal: new AbortController().signal, progress: (pid) => new Promise((told) => process.stdout.write(pid + ' ', told)) };
const serve = pipeline().use(cpuLimit({ mode: 'isolate', maxPercent: 5, sampleMs: 20 }))
  .handle(isolated(new URL('./handler.mjs', import.meta.url)));
process.on('message', (how) => {
  if (how === 'throw') throw new Error('the parent fails');
  process.exit(3);
});
serve(ctx);
`;

const HANDLER = `export default async ({ data, progress }) => {
  await progress(process.pid);
  while (data.spin);
  return new Promise(() => {});
}`;

beforeAll(() => {
  writeFileSync(join(folder, 'handler.mjs'), HANDLER);
  buildSync({
    stdin: { contents: PARENT, resolveDir: join(import.meta.dirname, '../../../..') },
    outfile: program,
    bundle: true,
    minify: true,
    keepNames: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    conditions: ['@interpose/source'],
    logLevel: 'silent',
  });
});
afterEach(() => {
  parent?.kill('SIGKILL');
  parent = undefined;
});
afterAll(() => rmSync(folder, { recursive: true }));

async function start(how: 'wait' | 'spin'): Promise<number> {
  parent = spawn(process.execPath, [program, how], { stdio: ['ignore', 'pipe', 'ignore', 'ipc'] });
  const { stdout } = parent;
  const pid = await new Promise<string>((resolve, reject) => {
    stdout?.once('data', (chunk: Buffer) => resolve(String(chunk)));
    parent?.once('exit', (code) => reject(new Error(`The parent ended with ${code}.`)));
  });
  return Number(pid);
}

describe.runIf(process.platform === 'linux')('a child is gone when its parent', () => {
  const SOON = { timeout: 10_000, interval: 10 };

  test.each(['wait', 'spin'] as const)('is killed (%s)', async (how) => {
    const pid = await start(how);
    expect(stateOf(pid)).not.toBe('gone');
    parent?.kill('SIGKILL');
    await expect.poll(() => stateOf(pid), SOON).toBe('gone');
  });

  test('is killed while the child rests', async () => {
    const pid = await start('spin');
    await expect.poll(() => stateOf(pid), { ...SOON, interval: 2 }).toBe('T');
    parent?.kill('SIGKILL');
    await expect.poll(() => stateOf(pid), SOON).toBe('gone');
  });

  test.each(['exit', 'throw'])('ends by itself (%s)', async (how) => {
    const pid = await start('spin');
    parent?.send(how);
    await expect.poll(() => stateOf(pid), SOON).toBe('gone');
  });
});
