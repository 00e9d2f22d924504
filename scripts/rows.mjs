/** Rows of the acceptance checklist: which of them the names of tests claim, and a count by system and tier. */

/** @typedef {{ readonly id: string, readonly system: string, readonly tier: string, readonly name: string }} Row */
/** @typedef {{ readonly title: string, readonly passed: boolean }} Result */
/** @typedef {{ readonly rows: number, readonly tested: number, readonly missing: readonly string[] }} Share */

/**
 * The row ids in the name of a test: `M-05`, `X-C11`.
 *
 * @param {string} title
 * @returns {readonly string[]}
 */
export function idsIn(title) {
  return title.match(/(?<![\w-])[A-Z]-[CR]?\d+(?![\w-])/g) ?? [];
}

/**
 * The rows that a passing test names and no failing one does.
 *
 * @param {readonly Result[]} results
 * @returns {ReadonlySet<string>}
 */
export function testedRows(results) {
  const ids = (/** @type {boolean} */ passed) =>
    results.filter((result) => result.passed === passed).flatMap(({ title }) => idsIn(title));
  const failed = new Set(ids(false));
  return new Set(ids(true).filter((id) => !failed.has(id)));
}

/**
 * Counts by system and tier, in the order of the checklist.
 *
 * @param {readonly Row[]} rows
 * @param {ReadonlySet<string>} tested
 * @returns {Record<string, Record<string, Share>>}
 */
export function tally(rows, tested) {
  /** @type {Record<string, Record<string, Share>>} */
  const systems = {};
  for (const { id, system, tier } of rows) {
    const tiers = (systems[system] ??= {});
    const share = tiers[tier] ?? { rows: 0, tested: 0, missing: [] };
    const found = tested.has(id);
    tiers[tier] = {
      rows: share.rows + 1,
      tested: share.tested + (found ? 1 : 0),
      missing: found ? share.missing : [...share.missing, id],
    };
  }
  return systems;
}

/**
 * The tally for people: what is tested and what is missing, by name.
 *
 * @param {readonly Row[]} rows
 * @param {ReadonlySet<string>} tested
 * @returns {string}
 */
export function report(rows, tested) {
  const lines = [];
  for (const [system, tiers] of Object.entries(tally(rows, tested))) {
    for (const [tier, share] of Object.entries(tiers)) {
      lines.push(`${system} ${tier}: ${share.tested} of ${share.rows} rows tested`);
      for (const row of rows) {
        if (row.system !== system || row.tier !== tier) continue;
        lines.push(
          `  ${tested.has(row.id) ? 'tested ' : 'missing'}  ${row.id.padEnd(6)} ${row.name}`,
        );
      }
    }
  }
  return lines.join('\n');
}
