/** The package graphql keeps its promises on the next major version of graphql-js as well. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const ROOT = join(import.meta.dirname, '../..');
const LIMIT_MS = 240_000;

test('all tests of the package pass on graphql 17', { timeout: LIMIT_MS + 10_000 }, async () => {
  const vitest = join(ROOT, 'node_modules/vitest/vitest.mjs');
  const env = Object.fromEntries(
    Object.entries(process.env).filter(
      ([name]) => !/^(?:VITEST|NODE_ENV|TEST$|DEV$|PROD$|MODE$)/.test(name),
    ),
  );
  const child = spawn(
    process.execPath,
    [vitest, 'run', '--config', join(import.meta.dirname, 'vitest.config.ts'), '--reporter=json'],
    { cwd: ROOT, env, timeout: LIMIT_MS, stdio: ['ignore', 'pipe', 'ignore'] },
  );
  let out = '';
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
  const code = await new Promise((done) => child.on('close', done));
  const report = JSON.parse(out.slice(out.indexOf('{'))) as {
    readonly numPassedTests: number;
    readonly numPendingTests: number;
    readonly testResults: readonly {
      readonly assertionResults: readonly { readonly status: string; readonly fullName: string }[];
    }[];
  };
  const failed = report.testResults
    .flatMap(({ assertionResults }) => assertionResults)
    .filter(({ status }) => status === 'failed');
  expect(failed.map(({ fullName }) => fullName)).toEqual([]);
  expect({ code, pending: report.numPendingTests }).toEqual({ code: 0, pending: 0 });
  expect(report.numPassedTests).toBeGreaterThan(100);
});
