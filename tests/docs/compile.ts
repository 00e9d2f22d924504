/** Compiles and runs blocks of pages, and says of each fault where on the page it is. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildSync } from 'esbuild';
import { ROOT } from '../architecture/house.ts';
import type { Block } from './blocks.ts';

const TSC = join(ROOT, 'node_modules/typescript/bin/tsc');

/** A folder in which blocks become files. */
export class Workbench {
  readonly #folder: string;

  constructor(name: string) {
    this.#folder = join(ROOT, '.cache', name);
    rmSync(this.#folder, { recursive: true, force: true });
    mkdirSync(this.#folder, { recursive: true });
    writeFileSync(join(this.#folder, 'tsconfig.json'), CONFIG);
  }

  /** Compiles all blocks at once. Gives the compiler's complaints with page and line. */
  faults(blocks: readonly Block[]): readonly string[] {
    if (blocks.length === 0) return [];
    for (const [index, block] of blocks.entries()) this.#write(`${index}.ts`, block);
    const { stdout, stderr } = spawnSync(process.execPath, [TSC, '-p', '.', '--pretty', 'false'], {
      cwd: this.#folder,
      encoding: 'utf8',
    });
    return `${stdout}${stderr}`
      .split('\n')
      .filter((line) => line && !line.startsWith(' '))
      .map((line) =>
        line.replace(
          /^(\d+)\.ts\((\d+),(\d+)\)/,
          (_, index: string, row: string, column: string) => {
            const block = blocks[Number(index)];
            return `${block?.page}:${Number(block?.line) + Number(row) - 1}:${column}`;
          },
        ),
      );
  }

  /** Runs a block as a program of its own. */
  run(block: Block): {
    readonly code: number | null;
    readonly out: string;
    readonly error: string;
  } {
    const source = this.#write('program.ts', block);
    const outfile = join(this.#folder, 'program.mjs');
    buildSync({
      entryPoints: [source],
      outfile,
      bundle: true,
      platform: 'node',
      format: 'esm',
      target: 'node20',
      conditions: ['@interpose/source'],
      logLevel: 'silent',
    });
    const { status, stdout, stderr } = spawnSync(process.execPath, [outfile], {
      cwd: this.#folder,
      encoding: 'utf8',
      timeout: 20_000,
    });
    return { code: status, out: stdout, error: stderr };
  }

  #write(name: string, block: Block): string {
    const path = join(this.#folder, name);
    writeFileSync(path, block.text);
    return path;
  }
}

/** As strict as the sources, but for names that an excerpt shows and does not use. */
const CONFIG = JSON.stringify({
  extends: '../../tsconfig.base.json',
  compilerOptions: {
    noEmit: true,
    composite: false,
    declaration: false,
    declarationMap: false,
    isolatedDeclarations: false,
    noUnusedLocals: false,
    noUnusedParameters: false,
    // Pages are held to ours; the declarations of libraries behind our sources are their own matter.
    skipLibCheck: true,
    types: ['node'],
  },
  include: ['*.ts'],
});
