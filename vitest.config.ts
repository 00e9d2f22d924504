/** How the tests run: from the sources, without a build. */
import { defineConfig } from 'vitest/config';
import { CountReporter } from './scripts/count-reporter.ts';

const conditions = ['@interpose/source', 'module', 'node', 'development|production'];

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    include: ['{packages,examples,bench,tests}/**/*.test.ts'],
    exclude: ['**/node_modules/**', '**/dist/**'],
    // A limit for what hangs, not a judgement on speed: on a busy machine some of the laws take seconds.
    testTimeout: 30_000,
    hookTimeout: 60_000,
    reporters: ['default', new CountReporter()],
  },
});
