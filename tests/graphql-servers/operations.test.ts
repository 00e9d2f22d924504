/** Persisted operations, masked errors and a hidden schema in servers, started on loopback and asked over HTTP. */
import { ApolloServer } from '@apollo/server';
import { startStandaloneServer } from '@apollo/server/standalone';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  apolloOptions,
  maskErrors,
  noIntrospection,
  persistedOperations,
  useInterpose,
  usePersistedOperations,
} from '@interpose/graphql';
import { createHash } from 'node:crypto';
import { buildSchema, GraphQLError } from 'graphql';
import { createYoga, type YogaServerOptions } from 'graphql-yoga';
import { afterEach, describe, expect, test, vi } from 'vitest';

// The servers take graphql-js as Node finds it; the bundler of the tests would find another copy of it.
vi.mock('graphql', async () => (await import('./same-graphql.ts')).graphql);

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  await Promise.all(closing.splice(0).map((close) => close()));
});

function closes(server: Server): void {
  closing.push(() => {
    server.closeAllConnections();
    return new Promise((done) => server.close(done));
  });
}

async function yoga(options: YogaServerOptions<object, object>): Promise<string> {
  const app = createYoga({ logging: false, ...options });
  const server = createServer((request, response) => void app(request, response));
  closes(server);
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql`;
}

interface Said {
  readonly status: number;
  readonly text: string;
  readonly data?: unknown;
  readonly errors?: readonly {
    readonly message: string;
    readonly extensions: Readonly<Record<string, unknown>>;
  }[];
}

async function ask(url: string, body: object, headers: Record<string, string> = {}): Promise<Said> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json', ...headers },
    body: JSON.stringify(body),
  });
  const text = await response.text();
  return { status: response.status, text, ...(JSON.parse(text) as object) };
}

const codesOf = ({ errors = [] }: Said): unknown[] =>
  errors.map(({ extensions }) => extensions['code']);

const schema = buildSchema('type Query { hello: String secret: String denied: String }');
const rootValue = {
  hello: () => 'world',
  secret: () => {
    throw new Error('password is hunter2');
  },
  denied: () => {
    throw new GraphQLError('Denied', { extensions: { code: 'FORBIDDEN' } });
  },
};
for (const [name, resolve] of Object.entries(rootValue)) {
  const field = schema.getQueryType()?.getFields()[name];
  if (field) field.resolve = resolve;
}

const byHash = (query: string) => ({
  extensions: {
    persistedQuery: { version: 1, sha256Hash: createHash('sha256').update(query).digest('hex') },
  },
});

describe('persisted operations in GraphQL Yoga', () => {
  test('a client that sends a hash first, and the text only when asked, is answered', async () => {
    const persisted = usePersistedOperations(persistedOperations({ mode: 'automatic' }));
    const url = await yoga({ schema, plugins: [persisted] });
    const query = '{ hello }';
    const unknown = await ask(url, byHash(query));
    expect(unknown.errors).toEqual([
      { message: 'PersistedQueryNotFound', extensions: { code: 'PERSISTED_QUERY_NOT_FOUND' } },
    ]);
    expect(unknown.status).toBe(200);
    expect((await ask(url, { ...byHash(query), query })).data).toEqual({ hello: 'world' });
    expect((await ask(url, byHash(query))).data).toEqual({ hello: 'world' });
    expect((await ask(url, { query })).data).toEqual({ hello: 'world' });
    expect(codesOf(await ask(url, { ...byHash(query), query: '{ secret }' }))).toEqual([
      'BAD_REQUEST',
    ]);
  });

  test('a text that is not valid is not kept', async () => {
    const kept = new Map<string, string>();
    const persisted = usePersistedOperations(
      persistedOperations({ mode: 'automatic', store: kept }),
    );
    const url = await yoga({ schema, plugins: [persisted] });
    for (const query of ['{ nothing }', '{ hello']) {
      expect((await ask(url, { ...byHash(query), query })).errors).toHaveLength(1);
    }
    expect(kept.size).toBe(0);
    await ask(url, { ...byHash('{ hello }'), query: '{ hello }' });
    expect([...kept.values()]).toEqual(['{ hello }']);
  });

  test('only what is on the list is executed', async () => {
    const store = new Map([['hello-page', '{ hello }']]);
    const url = await yoga({
      schema,
      extraParamNames: ['documentId'],
      plugins: [usePersistedOperations(persistedOperations({ mode: 'allow-list', store }))],
    });
    expect((await ask(url, { documentId: 'hello-page' })).data).toEqual({ hello: 'world' });
    const refused = await ask(url, { query: '{ secret }' });
    expect([refused.status, codesOf(refused)]).toEqual([403, ['PERSISTED_OPERATION_REQUIRED']]);
    const missing = await ask(url, { documentId: 'other' });
    expect([missing.status, codesOf(missing)]).toEqual([400, ['PERSISTED_OPERATION_NOT_FOUND']]);
  });

  test('what gives no operations is refused', () => {
    expect(() => usePersistedOperations({} as never)).toThrow('Expected `operations`');
  });
});

describe('masked errors', () => {
  const query = '{ hello secret denied }';
  const told = vi.fn();
  const mask = maskErrors({ newId: () => 'id-1', onError: told });
  const check = (said: Said): void => {
    expect(said.data).toEqual({ hello: 'world', secret: null, denied: null });
    expect(said.text).not.toContain('hunter2');
    expect(said.errors?.map(({ message, extensions }) => [message, extensions])).toEqual([
      ['Internal server error', { code: 'INTERNAL_SERVER_ERROR', errorId: 'id-1' }],
      ['Denied', { code: 'FORBIDDEN' }],
    ]);
    expect(told).toHaveBeenCalledOnce();
    told.mockClear();
  };

  test('in GraphQL Yoga, as its maskError', async () => {
    check(await ask(await yoga({ schema, maskedErrors: { maskError: mask.error } }), { query }));
  });

  test('in Apollo Server, as its formatError', async () => {
    const apollo = new ApolloServer({
      schema,
      includeStacktraceInErrorResponses: true,
      formatError: (_, error) => mask.error(error).toJSON(),
    });
    const { url } = await startStandaloneServer(apollo, { listen: { port: 0, host: '127.0.0.1' } });
    closing.push(() => apollo.stop());
    check(await ask(url, { query }));
    const invalid = await ask(url, { query: '{ nothing }' });
    expect(codesOf(invalid)).toEqual(['GRAPHQL_VALIDATION_FAILED']);
    expect(invalid.text).not.toContain('stack');
    const broken = await ask(url, { query: '{ hello' });
    expect(codesOf(broken)).toEqual(['GRAPHQL_PARSE_FAILED']);
  });
});

describe('a schema that only some may ask for', () => {
  const query = '{ __schema { queryType { name } } }';
  const allow = (context: unknown): boolean => (context as { admin?: boolean }).admin === true;
  const admin = { 'x-admin': 'yes' };

  test('in GraphQL Yoga', async () => {
    const url = await yoga({
      schema,
      context: ({ request }: { request: Request }) => ({ admin: request.headers.has('x-admin') }),
      plugins: [useInterpose({ limits: [noIntrospection({ allow })] })],
    });
    expect(codesOf(await ask(url, { query }))).toEqual(['INTROSPECTION_DISABLED']);
    expect((await ask(url, { query }, admin)).data).toEqual({
      __schema: { queryType: { name: 'Query' } },
    });
  });

  test('in Apollo Server', async () => {
    const options = apolloOptions({ schema, limits: [noIntrospection({ allow })] });
    const apollo = new ApolloServer<{ admin: boolean }>({ ...options, introspection: true });
    const { url } = await startStandaloneServer(apollo, {
      listen: { port: 0, host: '127.0.0.1' },
      context: ({ req }) => Promise.resolve({ admin: 'x-admin' in req.headers }),
    });
    closing.push(() => apollo.stop());
    expect(codesOf(await ask(url, { query }))).toEqual(['INTROSPECTION_DISABLED']);
    expect((await ask(url, { query }, admin)).data).toEqual({
      __schema: { queryType: { name: 'Query' } },
    });
  });
});
