/** What the results of the tests say, by the rules of those who wrote them. */
import type { CacheTest, Kind } from './suite.ts';

/** What came of a test: passed; failed; it could not begin as it should have; a test that it depends on has not passed. */
export type Verdict = 'pass' | 'fail' | 'setup' | 'dependency';

/** What the client tells: true, or the kind of failure and what it says. */
export type Results = Readonly<Record<string, true | readonly [kind: string, message: string]>>;

/** How many of the tests passed. */
export interface Score {
  readonly passed: Readonly<Record<Kind, number>>;
  readonly total: Readonly<Record<Kind, number>>;
}

/** Judges each test, the tests that it depends on included. */
export function judge(tests: readonly CacheTest[], results: Results): ReadonlyMap<string, Verdict> {
  const byId = new Map(tests.map((test) => [test.id, test]));
  const verdicts = new Map<string, Verdict>();
  const verdictOf = (id: string): Verdict => {
    const known = verdicts.get(id);
    if (known) return known;
    const made = judgeOne(id);
    verdicts.set(id, made);
    return made;
  };
  const judgeOne = (id: string): Verdict => {
    const result = results[id];
    const dependsOn = byId.get(id)?.dependsOn ?? [];
    if (dependsOn.some((other) => verdictOf(other) !== 'pass')) return 'dependency';
    if (result === true) return 'pass';
    return result?.[0] === 'Setup' ? 'setup' : 'fail';
  };
  for (const { id } of tests) verdictOf(id);
  return verdicts;
}

/** Counts what passed. */
export function scoreOf(
  tests: readonly CacheTest[],
  verdicts: ReadonlyMap<string, Verdict>,
): Score {
  const passed = { required: 0, optimal: 0, check: 0 };
  const total = { required: 0, optimal: 0, check: 0 };
  for (const { id, kind } of tests) {
    total[kind]++;
    if (verdicts.get(id) === 'pass') passed[kind]++;
  }
  return { passed, total };
}

/** The tests of a kind that did not pass, with what came of them. */
export function missed(
  tests: readonly CacheTest[],
  verdicts: ReadonlyMap<string, Verdict>,
  kind: Kind,
): readonly string[] {
  return tests
    .filter((test) => test.kind === kind && verdicts.get(test.id) !== 'pass')
    .map(({ id }) => `${id}: ${verdicts.get(id)}`);
}

/** A table of all tests for several caches, in Markdown. */
export function tableOf(
  tests: readonly CacheTest[],
  caches: Readonly<Record<string, ReadonlyMap<string, Verdict>>>,
): string {
  const names = Object.keys(caches);
  const lines = [
    `| test | kind | ${names.join(' | ')} |`,
    `| --- | --- | ${names.map(() => '---').join(' | ')} |`,
  ];
  for (const { id, kind } of tests) {
    const verdicts = names.map((name) => shown(kind, caches[name]?.get(id)));
    lines.push(`| ${id} | ${kind} | ${verdicts.join(' | ')} |`);
  }
  return `${lines.join('\n')}\n`;
}

/** A check has no right answer. */
function shown(kind: Kind, verdict: Verdict = 'setup'): string {
  if (kind !== 'check') return verdict;
  return verdict === 'pass' ? 'yes' : verdict === 'fail' ? 'no' : verdict;
}
