/** Runs one test file of others in a process of its own. */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Carried } from './carried.ts';
import type { Laid, TestFile } from './suites.ts';
import { numbering, type Outcome, readTap } from './tap.ts';

/** What carries the requests of a run: Node alone, servers of ours, or pools of ours. */
export type Lane = 'node' | 'server' | 'pool';

/** What became of a file. */
export interface FileRun {
  readonly outcomes: readonly Outcome[];
  /** The tests that passed and during which something was carried by what the lane is about. */
  readonly carried: number;
  /** Whether anything was carried during any test. */
  readonly carriesAny: boolean;
  /** The last that the process said, if it was killed because it did not end, or ended badly. */
  readonly trouble: string | undefined;
}

const PATIENCE_MS = 40_000;
const COUNTED = { node: 'node', server: 'exchange', pool: 'call' } as const;

/** Runs a file in a lane. */
export async function runFile(laid: Laid, { suite, path }: TestFile, lane: Lane): Promise<FileRun> {
  const folder = mkdtempSync(join(tmpdir(), 'peer-suites-'));
  const report = join(folder, 'report.tap');
  const counts = join(folder, 'counts.jsonl');
  const { PATH, HOME } = process.env;
  const trouble = await ended(
    [
      '--import',
      laid.preload,
      '--test-reporter=tap',
      `--test-reporter-destination=${report}`,
      path,
    ],
    {
      cwd: join(laid.home, 'node_modules', suite),
      // Nothing of those who run this.
      env: { PATH, HOME, PEER_LANE: lane, PEER_COUNTS: counts, PEER_HOME: laid.home },
    },
  );
  const text = (file: string): string => (existsSync(file) ? readFileSync(file, 'utf8') : '');
  const outcomes = readTap(text(report));
  const numbered = numbering();
  const during = new Set<string>();
  for (const line of text(counts).split('\n')) {
    if (!line) continue;
    const { name, ...counted } = JSON.parse(line) as { readonly name: string } & Record<
      Carried,
      number
    >;
    const own = numbered(name);
    if (counted[COUNTED[lane]] > 0) during.add(own);
  }
  const carried = outcomes.filter(({ name, passed }) => passed && during.has(name)).length;
  const carriesAny = during.size > 0;
  rmSync(folder, { recursive: true, force: true });
  return { outcomes, carried, carriesAny, trouble };
}

function ended(
  args: readonly string[],
  options: { readonly cwd: string; readonly env: NodeJS.ProcessEnv },
): Promise<string | undefined> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, args, {
      ...options,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let said = '';
    child.stderr.on('data', (bytes: Buffer) => (said = (said + bytes.toString()).slice(-2000)));
    const timer = setTimeout(() => child.kill('SIGKILL'), PATIENCE_MS);
    child.once('close', (code, signal) => {
      clearTimeout(timer);
      resolve(code === 0 ? undefined : `${signal ?? `ended with ${code}`}: ${said}`);
    });
  });
}
