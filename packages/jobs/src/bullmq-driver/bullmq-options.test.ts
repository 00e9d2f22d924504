/** The options of bullmq(): what is none is refused when the driver is made. */
import { createPostgresBackend } from 'bullmq';
import { expect, test } from 'vitest';
import { bullmq } from '../bullmq.ts';
import { openingOf } from './bullmq-options.ts';

test.each<[unknown, string]>([
  [undefined, 'Expected `options` to be an object with `connection`, got `undefined` (undefined).'],
  [{}, 'Expected `connection` to be an address, options or a client, got `undefined` (undefined).'],
  [{ connection: '' }, 'Expected `connection` to be an address, got `` (string).'],
  [{ connection: 6379 }, 'Expected `connection` to be an address, options or a client, got'],
  [{ connection: {}, prefix: '' }, 'Expected `prefix` to be a text, got `` (string).'],
  [{ connection: {}, backend: 'pg' }, 'Expected `backend` to be a function'],
  [{ connection: {}, onError: 1 }, 'Expected `onError` to be a function'],
  [{ connection: {}, answerWithinMs: 0 }, 'Expected `answerWithinMs` to be a number of milli'],
  [{ conection: {} }, 'Unknown option `conection` of bullmq(). Did you mean "connection"?'],
])('%o is refused', (options, sentence) => {
  expect(() => bullmq(options as never)).toThrow(sentence);
});

test('a client that gives up on a question is of no use to a worker', () => {
  const client = { connect() {}, duplicate() {}, options: { maxRetriesPerRequest: 20 } };
  expect(() => bullmq({ connection: client })).toThrow(
    'Expected `connection.options.maxRetriesPerRequest` to be null, as workers need it, got `20` (number).',
  );
  expect(
    openingOf({ connection: { ...client, options: { maxRetriesPerRequest: null } } }).isShared,
  ).toBe(true);
});

test('an address is one of Redis, unless a backend says otherwise; nothing is opened before it is used', () => {
  expect(openingOf({ connection: 'redis://h:1' })).toMatchObject({
    connected: { connection: { url: 'redis://h:1', maxRetriesPerRequest: null } },
    isShared: false,
    answerWithinMs: 10_000,
  });
  const postgres = { connection: 'postgres://h/db', backend: createPostgresBackend };
  expect(openingOf(postgres)).toMatchObject({
    connected: { connection: 'postgres://h/db' },
    backend: createPostgresBackend,
  });
});
