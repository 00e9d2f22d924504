/** The tests for HTTP caches, run against the response cache and against nginx at the same time. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { ensureCommands } from '../../scripts/debian.mjs';
import { ROOT } from '../architecture/house.ts';
import { serveCached } from './cached-origin.ts';
import { runClient, startNginx, startOrigin } from './processes.ts';
import {
  judge,
  missed,
  type Results,
  type Score,
  scoreOf,
  tableOf,
  type Verdict,
} from './score.ts';
import { type CacheTest, ensureSuite, type Kind, readTests } from './suite.ts';

/** What is not passed, and what comes of it. Why, docs/http/response-cache.md says. */
const MISSED = {
  required: [
    'age-parse-prefix: fail',
    'stale-close-must-revalidate: dependency',
    'stale-close-proxy-revalidate: dependency',
    'stale-close-no-cache: dependency',
    'stale-close-s-maxage=2: dependency',
    'headers-store-Set-Cookie: setup',
    'headers-store-Set-Cookie2: setup',
    'headers-store-Transfer-Encoding: setup',
    '304-etag-update-response-ETag: setup',
    '304-etag-update-response-Set-Cookie: setup',
    '304-etag-update-response-Set-Cookie2: setup',
  ],
  optimal: [
    'heuristic-404-cached: fail',
    'heuristic-405-cached: fail',
    'heuristic-410-cached: fail',
    'heuristic-414-cached: fail',
    'heuristic-501-cached: fail',
    'method-POST: fail',
    'vary-normalise-lang-order: fail',
    'vary-normalise-lang-select: fail',
    'conditional-lm-fresh-no-lm: fail',
    'partial-store-partial-reuse-partial: fail',
    'partial-store-partial-reuse-partial-byterange: fail',
    'partial-store-partial-reuse-partial-absent: fail',
    'partial-store-partial-reuse-partial-suffix: fail',
    'partial-store-partial-complete: fail',
    'other-set-cookie: fail',
    'surrogate-max-age-case-insensitive: fail',
  ],
} as const;

/** What is needed from elsewhere, or why it is not to be had. */
const needed = await Promise.all([ensureSuite(), ensureCommands(['nginx'])]).catch(
  (error: Error) => error,
);
const isMissing = needed instanceof Error;
const why = isMissing ? `: ${needed.message}` : '';

if (isMissing && !process.env['CI']) {
  process.stderr.write(`The tests for HTTP caches are skipped${why}\n`);
}

describe.skipIf(isMissing && !process.env['CI'])(`http-cache-tests${why}`, () => {
  let tests: readonly CacheTest[] = [];
  let ours: ReadonlyMap<string, Verdict> = new Map();
  let nginx: ReadonlyMap<string, Verdict> = new Map();

  beforeAll(async () => {
    if (needed instanceof Error) throw needed;
    const [folder, commands] = needed;
    tests = await readTests(folder);
    const [mine, theirs] = await Promise.all([runOurs(folder, tests), runNginx(folder, commands)]);
    ours = judge(tests, mine);
    nginx = judge(tests, theirs);
    report(tests, { interpose: ours, nginx });
  }, 120_000);

  test.each(['required', 'optimal'] as const)('all %s tests pass but those listed', (kind) => {
    expect(missed(tests, ours, kind)).toEqual(MISSED[kind]);
  });

  test('no required test fails that the page does not explain', () => {
    const page = readFileSync(join(ROOT, 'docs/http/response-cache.md'), 'utf8');
    const silent = missed(tests, ours, 'required')
      .map((entry) => entry.replace(/: \w+$/, ''))
      .filter((id) => !page.includes(`\`${id}\``));
    expect(silent).toEqual([]);
  });

  test.each<Kind>(['required', 'optimal'])('more %s tests pass than with nginx', (kind) => {
    // Surrogate-Control is a matter of settings, and nginx has none for it; so it must not decide.
    const common = tests.filter(({ group }) => group !== 'Surrogate-Control');
    expect(common.length).toBeLessThan(tests.length);
    for (const some of [tests, common]) {
      const [own, other] = [scoreOf(some, ours), scoreOf(some, nginx)];
      // If nginx had not run as it should, it would be no feat.
      expect(other.passed[kind]).toBeGreaterThan(other.total[kind] * 0.4);
      expect(own.passed[kind]).toBeGreaterThan(other.passed[kind]);
    }
  });
});

async function runOurs(folder: string, tests: readonly CacheTest[]): Promise<Results> {
  await using origin = await startOrigin(folder);
  await using cache = await serveCached(origin.port, { targets: ['Surrogate-Control'] });
  const base = `http://127.0.0.1:${cache.port}`;
  const results = await runClient(folder, base);
  // Many tests count seconds, which a busy machine may lose; what is wrong is wrong again when it runs alone.
  const known = new Set<string>([...MISSED.required, ...MISSED.optimal]);
  const verdicts = judge(tests, results);
  const odd = tests
    .filter(({ kind }) => kind !== 'check')
    .map(({ id }) => id)
    .filter((id) => verdicts.get(id) !== 'pass' && !known.has(`${id}: ${verdicts.get(id)}`));
  return odd.length ? { ...results, ...(await runClient(folder, base, odd)) } : results;
}

async function runNginx(
  folder: string,
  commands: Readonly<Record<string, string>>,
): Promise<Results> {
  await using origin = await startOrigin(folder);
  await using cache = await startNginx(commands['nginx'] ?? '', origin.port);
  return await runClient(folder, `http://127.0.0.1:${cache.port}`);
}

/** Prints the scores, and writes what came of each test where `npm run http-cache-tests` finds it. */
function report(
  tests: readonly CacheTest[],
  caches: Readonly<Record<string, ReadonlyMap<string, Verdict>>>,
): void {
  const folder = join(ROOT, '.cache', 'http-cache-tests');
  mkdirSync(folder, { recursive: true });
  const line = (name: string, { passed, total }: Score): string =>
    `${name}: required ${passed.required} of ${total.required}, optimal ${passed.optimal} of ${total.optimal}, checks with yes ${passed.check} of ${total.check}`;
  const lines = Object.entries(caches).map(([name, verdicts]) =>
    line(name, scoreOf(tests, verdicts)),
  );
  process.stdout.write(`${lines.join('\n')}\n`);
  writeFileSync(join(folder, 'table.md'), `${tableOf(tests, caches)}\n${lines.join('\n')}\n`);
}
