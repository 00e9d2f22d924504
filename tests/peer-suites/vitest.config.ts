/** How the tests of others are run: apart from our own, as they take minutes and have to be fetched. */
import { join } from 'node:path';
import { defineConfig } from 'vitest/config';

const conditions = ['@interpose/source', 'module', 'node', 'development|production'];

export default defineConfig({
  root: join(import.meta.dirname, '../..'),
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    include: [`tests/peer-suites/${process.env['PEERS_RECORD'] ? 'record' : 'check'}.peers.ts`],
  },
});
