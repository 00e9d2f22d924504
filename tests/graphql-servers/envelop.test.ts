/** Mounted in Envelop: whatever becomes of the schema, each field is wrapped once. */
import { envelop, type Plugin, useEngine, useSchema } from '@envelop/core';
import { fields, useInterpose } from '@interpose/graphql';
import * as graphql from 'graphql';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { type Exchange, EXCHANGES, INTERNAL, library, mounted, post } from './library.ts';

// The server takes graphql-js as Node finds it; the bundler of the tests would find another copy of it.
vi.mock('graphql', async () => (await import('./same-graphql.ts')).graphql);

const servers: Server[] = [];
afterEach(async () => {
  await Promise.all(
    servers.splice(0).map((server) => {
      server.closeAllConnections();
      return new Promise((done) => server.close(done));
    }),
  );
});

/** What Envelop leaves to others: the least that is needed to ask it over HTTP. */
async function start(plugins: Plugin[]): Promise<string> {
  const getEnveloped = envelop({ plugins: [useEngine(graphql), ...plugins] });
  const answer = async (body: string) => {
    const { query, variables } = JSON.parse(body) as Exchange;
    const { parse, validate, contextFactory, execute, schema } = getEnveloped();
    const document = parse(query) as graphql.DocumentNode;
    const errors = validate(schema, document) as readonly graphql.GraphQLError[];
    if (errors.length > 0) return { errors };
    return (await execute({
      schema,
      document,
      contextValue: await contextFactory(),
      variableValues: variables,
    })) as object;
  };
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      answer(Buffer.concat(chunks).toString()).then(
        (result) => response.end(JSON.stringify(result)),
        (error: unknown) => response.end(JSON.stringify({ errors: [{ message: String(error) }] })),
      );
    });
  });
  servers.push(server);
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

describe('Envelop', () => {
  test.each(EXCHANGES)('$name', async (exchange) => {
    const url = await start([useSchema(library()), useInterpose(mounted().parts)]);
    const { data, codes, text } = await post(url, exchange);
    expect(text).not.toMatch(INTERNAL);
    expect(codes).toEqual(exchange.code ? [exchange.code] : []);
    if (exchange.data !== undefined) expect(data).toEqual(exchange.data);
    else expect(data ?? null).toBeNull();
  });

  test('another plugin that changes the schema afterwards does not have it wrapped twice', async () => {
    const { parts, seen } = mounted();
    const others = fields().on('Author.name', (ctx, next) => `${String(next(ctx))}!`);
    const url = await start([
      useSchema(library()),
      useInterpose(parts),
      useInterpose({ fields: others }),
    ]);
    const { data } = await post(url, { name: '', query: '{ books { author { name } } }' });
    expect(data).toEqual({ books: [{ author: { name: 'Ada!' } }, { author: { name: 'Ada!' } }] });
    expect(seen).toEqual(['Query.books', 'Book.author', 'Book.author']);
  });

  test('subscriptions are limited before they start', async () => {
    const { parts } = mounted();
    const plugin = useInterpose({ limits: parts.limits });
    const results: unknown[] = [];
    const { query, variables } = EXCHANGES[3] as Exchange;
    plugin.onSubscribe({
      args: { schema: library(), document: graphql.parse(query), variableValues: variables },
      setResultAndStopExecution: (result) => results.push(result.errors[0]?.extensions['code']),
    });
    expect(results).toEqual(['COMPLEXITY_LIMIT_EXCEEDED']);
  });

  test('what is no part is refused', () => {
    expect(() => useInterpose({ field: fields() } as never)).toThrow(
      'Unknown option `field` of useInterpose(). Did you mean "fields"?',
    );
    expect(() => useInterpose({ fields: [] } as never)).toThrow(
      'Expected `fields` to be what fields() gives',
    );
    expect(() => useInterpose({ limits: 7 } as never)).toThrow(
      'Expected `limits` to be a list, got `7` (number).',
    );
    expect(() => useInterpose(null as never)).toThrow('Expected `options` to be an object');
  });
});
