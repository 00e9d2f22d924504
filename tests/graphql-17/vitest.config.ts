/** The tests of the package graphql once more, on the next major version of graphql-js. */
import { join } from 'node:path';
import { defineConfig } from 'vitest/config';

const conditions = ['@interpose/source', 'module', 'node', 'development|production'];

export default defineConfig({
  root: join(import.meta.dirname, '../..'),
  resolve: { conditions, alias: [{ find: /^graphql$/, replacement: 'graphql-17' }] },
  ssr: { resolve: { conditions } },
  test: {
    include: ['packages/graphql/src/**/*.test.ts', 'tests/graphql-17/*.17.ts'],
    testTimeout: 30_000,
    reporters: ['dot'],
  },
});
