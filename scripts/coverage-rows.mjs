/** Runs all tests and prints which rows of the checklist have a passing one; `--json` prints the counts as JSON. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { idsIn, report, tally, testedRows } from './rows.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const results = runTests();
const rows = JSON.parse(readFileSync(`${root}/tests/rows.json`, 'utf8'));
const tested = testedRows(results);

const known = new Set(rows.map((/** @type {{ id: string }} */ row) => row.id));
const unknown = new Set(
  results.flatMap(({ title }) => idsIn(title)).filter((id) => !known.has(id)),
);
const failed = results.filter(({ passed }) => !passed).length;

console.log(
  process.argv.includes('--json') ? JSON.stringify(tally(rows, tested)) : report(rows, tested),
);
if (failed)
  console.error(`${failed} tests failed; the rows that they name are counted as missing.`);
if (unknown.size) console.error(`No such rows: ${[...unknown].join(', ')}`);
process.exitCode = unknown.size ? 1 : 0;

/** @returns {readonly import('./rows.mjs').Result[]} */
function runTests() {
  const vitest = fileURLToPath(new URL('../node_modules/vitest/vitest.mjs', import.meta.url));
  const outputFile = `${root}/.cache/rows.json`;
  const run = spawnSync(
    process.execPath,
    [vitest, 'run', '--reporter=json', `--outputFile=${outputFile}`],
    { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] },
  );
  if (run.error) throw run.error;
  /** @type {{ testResults: { assertionResults: { title: string, status: string }[] }[] }} */
  const { testResults } = JSON.parse(readFileSync(outputFile, 'utf8'));
  return testResults
    .flatMap(({ assertionResults }) => assertionResults)
    .filter(({ status }) => status === 'passed' || status === 'failed')
    .map(({ title, status }) => ({ title, passed: status === 'passed' }));
}
