/** programOf: a program of this folder as one file, for processes that the tests start. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { buildSync } from 'esbuild';

const CACHE = join(import.meta.dirname, '../../../.cache');

const programs = new Map<string, string>();

/** The program, made once; inside of the repository, where it finds BullMQ. */
export function programOf(name: string): string {
  const made = programs.get(name);
  if (made !== undefined) return made;
  mkdirSync(CACHE, { recursive: true });
  const folder = mkdtempSync(join(CACHE, `jobs-${name}-`));
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  const program = join(folder, `${name}.mjs`);
  buildSync({
    entryPoints: [join(import.meta.dirname, `${name}.ts`)],
    outfile: program,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    external: ['bullmq', 'ioredis'],
    // From the sources, as all tests.
    conditions: ['@interpose/source'],
  });
  programs.set(name, program);
  return program;
}
