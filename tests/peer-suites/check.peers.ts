/** The tests of others pass on our engine as they pass on Node, but for those on the list of exceptions. */
import { expect, test } from 'vitest';
import { nameOf, runLane } from './lane-run.ts';
import { OUR_LANES, readExceptions, readResults } from './record.ts';
import { laySuites, testFiles } from './suites.ts';

const results = readResults();
const laid = laySuites();
const files = testFiles(laid);
const LONG_MS = 15 * 60_000;
/** When exactly a client gives up is a matter of luck, and with it whether its request counts. */
const LUCK = 0.98;

test('runs on the version of Node that the lists are for', () => {
  expect(Number(process.versions.node.split('.')[0])).toBe(results.node);
});

test.each(OUR_LANES)(
  'everything on the list passes over our %s',
  async (lane) => {
    const listed = files.filter((file) => results.files[nameOf(file)]?.[lane]);
    const lists = { results, exceptions: readExceptions() };
    const judged = [...(await runLane(laid, lane, listed, lists)).values()];
    expect(judged.flatMap(({ wrong }) => wrong)).toEqual([]);
    const carried = judged.reduce((sum, { record }) => sum + record.carried, 0);
    const onRecord = listed.reduce(
      (sum, file) => sum + (results.files[nameOf(file)]?.[lane]?.carried ?? 0),
      0,
    );
    expect(carried).toBeGreaterThanOrEqual(onRecord * LUCK);
  },
  LONG_MS,
);
