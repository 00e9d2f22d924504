/** Writes down anew what of the tests of others passes on Node, and on our engine. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type FileRun, runFile } from './file-run.ts';
import { forEach, nameOf, runLane } from './lane-run.ts';
import {
  type FileRecord,
  OUR_LANES,
  readExceptions,
  type Results,
  writeResults,
} from './record.ts';
import { laySuites, testFiles } from './suites.ts';
import { withSummary } from './summary.ts';

const laid = laySuites();
const files = testFiles(laid);
const PAGE = join(import.meta.dirname, 'README.md');
const LONG_MS = 30 * 60_000;

async function runOnNode(): Promise<Results> {
  const found = new Map<string, FileRun>();
  await forEach(files, async (file) => {
    found.set(nameOf(file), await runFile(laid, file, 'node'));
  });
  const recorded: Record<string, FileRecord> = {};
  const failOnNode: string[] = [];
  for (const name of files.map(nameOf)) {
    const run = found.get(name);
    if (!run?.carriesAny) continue;
    const failed = run.outcomes.filter(({ passed }) => !passed);
    recorded[name] = { passedOnNode: run.outcomes.length - failed.length };
    failOnNode.push(...failed.map((outcome) => `${name} › ${outcome.name}`));
  }
  return {
    node: Number(process.versions.node.split('.')[0]),
    filesWithoutRequests: files.length - Object.keys(recorded).length,
    failOnNode,
    files: recorded,
  };
}

test(
  'writes down what passes',
  async () => {
    const results = await runOnNode();
    const recorded = { ...results.files };
    const listed = files.filter((file) => nameOf(file) in recorded);
    const wrong: string[] = [];
    for (const lane of OUR_LANES) {
      const lists = { results, exceptions: readExceptions() };
      for (const [name, one] of await runLane(laid, lane, listed, lists)) {
        const { passedOnNode = 0, ...others } = recorded[name] ?? {};
        if (one.isOurs) recorded[name] = { passedOnNode, ...others, [lane]: one.record };
        wrong.push(...one.wrong.map((text) => `${lane}: ${text}`));
      }
    }
    const written = { ...results, files: recorded };
    writeResults(written);
    writeFileSync(PAGE, withSummary(readFileSync(PAGE, 'utf8'), written, readExceptions()));
    expect(wrong).toEqual([]);
  },
  LONG_MS,
);
