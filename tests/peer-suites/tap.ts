/** Reads what the test runner of Node reports in TAP: which tests there were, and what became of them. */

/** One test that has no tests inside it. */
export interface Outcome {
  /** Its own name behind those that it stands in; a number behind it if there were others of that name before. */
  readonly name: string;
  readonly passed: boolean;
  /** Why it failed, in a line. */
  readonly why: string;
}

const POINT = /^( *)(not )?ok \d+ - (.*?)(?: # ([A-Z]{4})\b.*)?$/;
const SUBTEST = /^( *)# Subtest: (.*)$/;
const INDENT = 4;

/** The outcomes of a report, skipped tests left out. A report that breaks off has those that came before. */
export function readTap(text: string): readonly Outcome[] {
  const outcomes: { name: string; passed: boolean; why: string }[] = [];
  const path: string[] = [];
  const numbered = numbering();
  let deepest = 0;
  let failed: { why: string } | undefined;
  for (const line of text.split('\n')) {
    const opened = SUBTEST.exec(line);
    if (opened) {
      const depth = (opened[1] ?? '').length / INDENT;
      path.length = depth;
      path.push(plain(opened[2] ?? ''));
      deepest = depth;
      failed = undefined;
    }
    const error = /^ *error: (.*)$/.exec(line);
    if (failed && error && failed.why === '') failed.why = error[1] ?? '';
    else if (failed?.why === '|-') failed.why = line.trim();
    const point = POINT.exec(line);
    if (!point) continue;
    const depth = (point[1] ?? '').length / INDENT;
    // The point of a test that has others inside stands behind theirs.
    const isLeaf = depth >= deepest;
    deepest = depth;
    failed = undefined;
    if (!isLeaf || point[4]) continue;
    const full = [...path.slice(0, depth), plain(point[3] ?? '')].join(' > ');
    const outcome = { name: numbered(full), passed: !point[2], why: '' };
    outcomes.push(outcome);
    if (!outcome.passed) failed = outcome;
  }
  return outcomes;
}

/** Tells names apart that come more than once, by the order in which they come. */
export function numbering(): (name: string) => string {
  const seen = new Map<string, number>();
  return (name) => {
    const count = (seen.get(name) ?? 0) + 1;
    seen.set(name, count);
    return count > 1 ? `${name} (${count})` : name;
  };
}

/** TAP escapes what would be a comment. */
function plain(name: string): string {
  return name.replaceAll(/\\([\\#])/g, '$1');
}
