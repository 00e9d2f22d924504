/** The runner, end to end and as fast as it goes: its numbers mean nothing here. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Figure } from './figures.ts';

const here = import.meta.dirname;

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

function bench(...args: string[]): Promise<Ended> {
  const child = spawn(process.execPath, [join(here, 'run.mjs'), ...args]);
  let out = '';
  let err = '';
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()));
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, out, err })));
}

const PEERS = ['koa-compose', 'hono/compose', 'h3', '@middy/core', '@trpc/server'];
const BOTH = ['hand-written closures', 'interpose next(ctx)', 'interpose next()'];
/** Every row that the kernel's table must have. */
const ROWS: Readonly<Record<string, readonly string[]>> = {
  'ten async layers, one chain': [
    ...BOTH,
    'interpose compose()',
    'interpose, watched',
    'interpose, observed',
    ...PEERS,
  ],
  'ten async layers, eight chains in turn': [...BOTH, 'interpose, watched', ...PEERS],
  'ten layers that pass through': [...BOTH, 'interpose, observed', ...PEERS],
  'ten synchronous layers, eight chains in turn': [...BOTH, 'interpose, observed', ...PEERS],
  'no layer': ['hand-written closures', 'interpose next(ctx)', ...PEERS],
  'one async layer': [...BOTH, ...PEERS],
  'ten hooks, in place of ten async layers': [
    'hand-written closures',
    'interpose createMiddleware()',
    'interpose before() + after()',
    ...PEERS,
  ],
  'a realistic stack of ten': [
    'hand-written function',
    'interpose hooks',
    'interpose layers',
    ...PEERS,
  ],
};

describe('npm run bench', () => {
  test('gives a figure for the time and the heap of every subject, each of which answered rightly', async () => {
    const { code, out, err } = await bench('kernel', '--quick', '--json');
    expect({ code, err }).toEqual({ code: 0, err: '' });
    const figures = out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Figure);
    const rows = Object.entries(ROWS).flatMap(([name, subjects]) =>
      subjects.flatMap((subject) => [
        { case: name, subject, unit: 'ns' },
        { case: name, subject, unit: 'B' },
      ]),
    );
    expect(figures.map(({ case: name, subject, unit }) => ({ case: name, subject, unit }))).toEqual(
      rows,
    );
    for (const figure of figures) {
      expect(figure.suite).toBe('kernel');
      expect(figure.median).toBeGreaterThan(figure.unit === 'ns' ? 0 : -1);
      const judged = figure.unit === 'ns' && figure.target !== null;
      expect(typeof figure.met).toBe(judged ? 'boolean' : 'object');
    }
    const targets = figures.flatMap(({ target }) => (target ? [target] : []));
    expect(new Set(targets.map((target) => JSON.stringify(target)))).toEqual(
      new Set([
        '{"ratio":1.1}',
        '{"ratio":1.15}',
        '{"median":70}',
        '{}',
        '{"ratio":0.3}',
        '{"ratio":1.45}',
      ]),
    );
  }, 120_000);

  test('prints one table, and says which targets are met', async () => {
    const { code, out } = await bench('kernel', '--quick', '--only', 'no layer');
    expect(code).toBe(0);
    const lines = out.trim().split('\n');
    expect(lines[0]).toMatch(/^kernel: no layer +CPU ns +limit ns +ratio +range +bytes +target$/);
    expect(lines.slice(1, -2).map((line) => line.trim().split(/ {2,}/)[0])).toEqual(
      ROWS['no layer'],
    );
    expect(lines[2]).toMatch(/(met|MISSED)$/);
    expect(lines.at(-1)).toMatch(/^[01] of 1 targets met\./);
  }, 60_000);

  test.each([
    [['nothing'], 'There is no suite `nothing`.'],
    [['--rounds', '0'], 'Expected `--rounds` to be a whole number, 1 or more, got `0`.'],
    [['compare'], 'compare needs a commit.'],
    [['compare', 'no-such-commit'], 'There is no commit `no-such-commit`.'],
    [['--quick', '--only', 'nobody'], 'Nothing has `nobody` in its name.'],
  ])(
    'says what is wrong with %j',
    async (args, message) => {
      const { code, err } = await bench(...args);
      expect(code).toBe(2);
      expect(err.split('\n')[0]).toBe(message);
    },
    60_000,
  );
});
