/** Mounted in graphql-js alone, behind an HTTP server of a few lines. */
import { operationLimits } from '@interpose/graphql';
import { execute, parse, specifiedRules, validate } from 'graphql';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { type Exchange, EXCHANGES, INTERNAL, library, mounted, post } from './library.ts';

// The server takes graphql-js as Node finds it; the bundler of the tests would find another copy of it.
vi.mock('graphql', async () => (await import('./same-graphql.ts')).graphql);

const stops: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  await Promise.all(stops.splice(0).map((stop) => stop()));
});

async function start(): Promise<string> {
  const { parts } = mounted();
  const schema = parts.fields.apply(library());
  const { validationRules, check } = operationLimits(...parts.limits);
  const answer = async (body: string) => {
    const { query, variables } = JSON.parse(body) as Exchange;
    const document = parse(query);
    const faults = validate(schema, document, [...specifiedRules, ...validationRules]);
    if (faults.length > 0) return { errors: faults };
    const errors = check({ schema, document, variableValues: variables });
    if (errors.length > 0) return { errors };
    return parts.errors(await execute({ schema, document, variableValues: variables ?? {} }));
  };
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      answer(Buffer.concat(chunks).toString()).then(
        (result) => response.end(JSON.stringify(result)),
        () => response.destroy(),
      );
    });
  });
  stops.push(() => {
    server.closeAllConnections();
    return new Promise((done) => server.close(done));
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

describe('graphql-js', () => {
  test.each(EXCHANGES)('$name', async (exchange) => {
    const { data, codes, text } = await post(await start(), exchange);
    expect(text).not.toMatch(INTERNAL);
    expect(codes).toEqual(exchange.code ? [exchange.code] : []);
    if (exchange.data !== undefined) expect(data).toEqual(exchange.data);
    else expect(data ?? null).toBeNull();
  });
});
