/** A vitest reporter that ends the run with one plain line of figures, and lets CI skip nothing. */
import type { Reporter, SerializedError, TestModule } from 'vitest/node';

/** How many tests ended how. */
export interface Count {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/** Counts tests. A file that broke before or around its tests counts as a failed test, and so does a stray error. */
export function count(modules: readonly TestModule[], strays: number): Count {
  let [passed, failed, skipped] = [0, strays, 0];
  for (const module of modules) {
    failed += module.errors().length;
    for (const test of module.children.allTests()) {
      const { state } = test.result();
      if (state === 'passed') passed++;
      else if (state === 'failed') failed++;
      else skipped++;
    }
    for (const suite of module.children.allSuites()) failed += suite.errors().length;
  }
  return { passed, failed, skipped };
}

/** The line that ends a run. */
export function summary({ passed, failed, skipped }: Count): string {
  return `${passed} passed, ${failed} failed, ${skipped} skipped`;
}

/** Prints the line of figures behind everything else. */
export class CountReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], strays: readonly SerializedError[]): void {
    const counted = count(modules, strays.length);
    const skippedInCi = process.env['CI'] === 'true' && counted.skipped > 0;
    if (counted.failed > 0 || skippedInCi) process.exitCode = 1;
    // The default reporter prints its own summary in the same turn; this comes when it has.
    setImmediate(() => {
      if (skippedInCi) console.error('In CI a skipped test is a failure.');
      console.log(summary(counted));
    });
  }
}
