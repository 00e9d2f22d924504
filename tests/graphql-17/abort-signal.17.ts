/** What only graphql 17 has: a signal that the executor is given. */
import { fields, signalOf } from '@interpose/graphql';
import { retry } from '@interpose/resilience';
import { fakeClock, settle } from '@interpose/testing';
import { execute, type ExecutionResult, parse, version } from 'graphql';
import { expect, test } from 'vitest';
import { schemaOf } from '../graphql-servers/schema-of.ts';

test('this is another major version', () => {
  expect(version).toMatch(/^17\./);
});

test('a retry that waits heeds the signal of the execution, and the resolver can read it', async () => {
  const signals: (AbortSignal | undefined)[] = [];
  const schema = schemaOf('type Query { quote: Int }', {
    'Query.quote': {
      resolve(_: never, __: unknown, ___: unknown, info) {
        signals.push(signalOf(info));
        throw new Error('down');
      },
    },
  });
  const controller = new AbortController();
  const stack = fields().use(retry({ clock: fakeClock(), backoff: () => 60_000 }));
  const args = {
    schema: stack.apply(schema),
    document: parse('{ quote }'),
    abortSignal: controller.signal,
  };
  const result = execute(args) as Promise<ExecutionResult>;
  const ended = result.then(
    ({ errors }) => errors?.[0]?.message,
    (error: unknown) => (error as Error).message,
  );
  await settle();
  expect(signals[0]?.aborted).toBe(false);
  controller.abort(new Error('client left'));
  expect(await ended).toContain('client left');
  expect(signals).toHaveLength(1);
  expect(signals[0]?.aborted).toBe(true);
});
