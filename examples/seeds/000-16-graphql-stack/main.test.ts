/** Checks the stack end to end: its order, what each part does, and the signature of the resolver. */
import { fakeClock } from '@interpose/testing';
import { metricsRegistry } from '@interpose/resilience/observing';
import { describe, expect, test } from 'vitest';
import {
  type Context,
  main,
  makeServer,
  makeStack,
  plainSchema,
  type User,
  userResolver,
} from './main.ts';

const PEOPLE: readonly User[] = [
  { id: '2', name: 'Bob', email: 'bob@example.com', salary: 70, managerId: '1' },
  { id: '1', name: 'Ada', email: 'ada@example.com', salary: 80 },
];
const ADA: Context = { user: { id: '1', roles: [] } };
const HR: Context = { user: { id: '9', roles: ['hr'] } };

function setUp() {
  const fetched: (readonly string[])[] = [];
  const timed: string[] = [];
  const meter = metricsRegistry();
  const stack = makeStack({
    clock: fakeClock(),
    meter,
    timed: (coordinate) => timed.push(coordinate),
    async fetchUsers(ids) {
      fetched.push(ids);
      return PEOPLE.filter(({ id }) => ids.includes(id));
    },
  });
  return { ask: makeServer(stack), stack, fetched, timed, meter };
}

const plain = (data: unknown): unknown => JSON.parse(JSON.stringify(data));

describe('the stack', () => {
  test('M-162 000-16 has the order of the list, and the resolver its four parameters', () => {
    const { stack } = setUp();
    expect(userResolver).toHaveLength(4);
    const rows = stack.fields.wrap(plainSchema()).describe('User.manager');
    expect(rows.map(({ name }) => name)).toEqual([
      'dataLoader',
      'fieldAuth',
      'dataMasking',
      'fieldTiming',
      'resolverMetrics',
    ]);
    expect(stack.limits.map(({ name }) => name)).toEqual(['depthLimit', 'complexityLimit']);
  });

  test('M-144 000-16 fetches each person once an operation, many at once', async () => {
    const { ask, fetched } = setUp();
    const { data } = await ask('{ users(ids: [2, 1, 9]) { name manager { name } } }', ADA);
    expect(plain(data)).toEqual({
      users: [{ name: 'Bob', manager: { name: 'Ada' } }, { name: 'Ada', manager: null }, null],
    });
    expect(fetched).toEqual([['2', '1', '9']]);
  });

  test('M-147 M-148 000-16 gives a salary to its owner and to HR, and addresses to HR alone', async () => {
    const { ask } = setUp();
    const query = '{ users(ids: [1, 2]) { email salary } }';
    const seen = async (context: Context) => plain((await ask(query, context)).data?.['users']);
    expect(await seen({})).toEqual([
      { email: 'a***@example.com', salary: null },
      { email: 'b***@example.com', salary: null },
    ]);
    expect(await seen(ADA)).toEqual([
      { email: 'a***@example.com', salary: 80 },
      { email: 'b***@example.com', salary: null },
    ]);
    expect(await seen(HR)).toEqual([
      { email: 'ada@example.com', salary: 80 },
      { email: 'bob@example.com', salary: 70 },
    ]);
  });

  test.each([
    [7, undefined],
    [8, 'DEPTH_LIMIT_EXCEEDED'],
  ])('M-145 000-16 a depth of %i: %s', async (depth, code) => {
    const { ask, fetched } = setUp();
    const inner = `${'manager { '.repeat(depth - 2)}name ${'} '.repeat(depth - 2)}`;
    const { errors } = await ask(`{ user(id: 1) { ${inner} } }`, ADA);
    expect(errors?.[0]?.extensions['code']).toBe(code);
    expect(fetched).toHaveLength(code ? 0 : 1);
  });

  test('M-146 000-16 what costs more than 1000 is refused before anything is fetched', async () => {
    const { ask, fetched } = setUp();
    const many = (count: number): string =>
      `{ ${Array.from({ length: count }, (_, at) => `u${at}: user(id: 1) { name }`).join(' ')} }`;
    expect((await ask(many(500), ADA)).errors).toBeUndefined();
    const { errors } = await ask(many(501), ADA);
    expect(errors?.[0]?.extensions['code']).toBe('COMPLEXITY_LIMIT_EXCEEDED');
    expect(fetched).toEqual([['1']]);
  });

  test('M-149 000-16 times and counts each resolver', async () => {
    const { ask, timed, meter } = setUp();
    await ask('{ users(ids: [1, 2]) { name manager { name } } }', ADA);
    expect(timed.toSorted()).toEqual(['Query.users', 'User.manager', 'User.manager']);
    const managers = meter.read().find(({ labels }) => labels['field'] === 'manager');
    expect(managers).toMatchObject({ value: 2, labels: { type: 'User', status: 'success' } });
  });
});

test('000-16 the program asks as three kinds of people', async () => {
  const lines: string[] = [];
  await main((line) => lines.push(line));
  expect(lines).toContain('HR:');
  expect(lines).toContain(
    '  {"name":"Ada","email":"a***@example.com","salary":80,"manager":{"name":"Cy"}}',
  );
});
