/** Mounted in Apollo Server, started on loopback and asked over HTTP. */
import { ApolloServer, HeaderMap } from '@apollo/server';
import { apolloOptions } from '@interpose/graphql';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { EXCHANGES, INTERNAL, library, mounted, post } from './library.ts';

// The server takes graphql-js as Node finds it; the bundler of the tests would find another copy of it.
vi.mock('graphql', async () => (await import('./same-graphql.ts')).graphql);

const stops: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  await Promise.all(stops.splice(0).map((stop) => stop()));
});

async function start(options: ConstructorParameters<typeof ApolloServer>[0]): Promise<string> {
  const apollo = new ApolloServer(options);
  await apollo.start();
  const server: Server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const headers = new HeaderMap();
      for (const [name, value] of Object.entries(request.headers)) headers.set(name, String(value));
      apollo
        .executeHTTPGraphQLRequest({
          httpGraphQLRequest: {
            method: request.method ?? 'POST',
            headers,
            search: '',
            body: JSON.parse(Buffer.concat(chunks).toString()) as unknown,
          },
          context: async () => ({}),
        })
        .then(
          ({ status = 200, body }) => {
            response.statusCode = status;
            response.end(body.kind === 'complete' ? body.string : '');
          },
          () => response.destroy(),
        );
    });
  });
  stops.push(async () => {
    server.closeAllConnections();
    await new Promise((done) => server.close(done));
    await apollo.stop();
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

describe('Apollo Server', () => {
  test.each(EXCHANGES)('$name', async (exchange) => {
    const { parts } = mounted();
    const url = await start({ ...apolloOptions({ schema: library(), ...parts }) });
    const { status, data, codes, text } = await post(url, exchange);
    expect(text).not.toMatch(INTERNAL);
    expect(codes).toEqual(exchange.code ? [exchange.code] : []);
    expect(status).toBe(exchange.code && !exchange.data ? 400 : 200);
    if (exchange.data !== undefined) expect(data).toEqual(exchange.data);
    else expect(data ?? null).toBeNull();
  });

  test('each resolver has one layer round it', async () => {
    const { parts, seen } = mounted();
    const url = await start({ ...apolloOptions({ schema: library(), ...parts }) });
    await post(url, { name: '', query: '{ books { author { name } } }' });
    expect(seen).toEqual(['Query.books', 'Book.author', 'Book.author']);
  });

  test('what is no part is refused', () => {
    expect(() => apolloOptions({ schema: {} } as never)).toThrow(
      'Expected `schema` to be a GraphQLSchema',
    );
    expect(() => apolloOptions({ schema: library(), plugins: [] } as never)).toThrow(
      'Unknown option `plugins` of apolloOptions().',
    );
  });
});
