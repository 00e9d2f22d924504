/** dataLoader: what is loaded together, what is remembered for how long, and what happens when loading goes wrong. */
import { BatchShapeError } from '@interpose/resilience';
import { parse, subscribe } from 'graphql';
import { describe, expect, expectTypeOf, test, vi } from 'vitest';
import { ask, dataOf, schemaOf } from '../../test-kit/schema-of.ts';
import { fields } from '../fields.ts';
import type { Load, LoadContext } from '../loaders/load.ts';
import { dataLoader } from './data-loader.ts';

const TEXT = `
  type User { id: ID! name: String email: String best: User }
  type Post { id: ID! author: User editor: User }
  type Query { posts: [Post!]! user(id: ID!): User users(ids: [ID!]!): [User] }
  type Mutation { rename(id: ID!, name: String!): User touch: [Post!]! }
  type Subscription { changed: User }
`;

interface User {
  readonly id: string;
  readonly name: string;
  readonly email?: string;
}

type Users = Load<string, User>;
interface Loaded {
  readonly load: { readonly users: Users };
}

/** A shop of users, with a note of each call. */
function setUp(more: object = {}) {
  const names = new Map([
    ['1', 'Ada'],
    ['2', 'Bob'],
    ['3', 'Cy'],
  ]);
  const calls: { readonly ids: readonly string[]; readonly fields: unknown }[] = [];
  const users = (ids: readonly string[], { fields: wanted }: LoadContext<{ tenant?: string }>) => {
    calls.push({ ids, fields: wanted });
    return ids.map((id): User | Error => {
      const name = names.get(id);
      return name === undefined ? new Error(`no user ${id}`) : { id, name };
    });
  };
  const stack = fields<{ tenant?: string }>().use(dataLoader({ loaders: { users }, ...more }));
  const schema = stack.apply(
    schemaOf(TEXT, {
      'Query.posts': () => [
        { id: 'a', by: '1' },
        { id: 'b', by: '2' },
        { id: 'c', by: '1' },
      ],
      'Query.user': (_: never, { id }: { id: string }, { load }: Loaded) => load.users(id),
      'Query.users': (_: never, { ids }: { ids: string[] }, { load }: Loaded) =>
        load.users.many(ids),
      'Post.author': (post: { by: string }, _: object, { load }: Loaded) => load.users(post.by),
      'Post.editor': (post: { by: string }, _: object, { load }: Loaded, info) =>
        load.users(post.by, info),
      'User.best': (_: never, __: object, { load }: Loaded) => load.users('1'),
      'Mutation.touch': () => [{ id: 'a', by: '1' }],
      'Mutation.rename': async (_: never, { id, name }: User, { load }: Loaded) => {
        await load.users(id);
        names.set(id, name);
        return load.users(id);
      },
      'Subscription.changed': {
        resolve: (id: string, _: object, { load }: Loaded) => load.users(id),
        subscribe: async function* () {
          yield '1';
          names.set('1', 'Ada II');
          yield '1';
        },
      },
    }),
  );
  return { schema, calls, stack, idsOf: () => calls.map(({ ids }) => ids) };
}

const run = async (
  schema: ReturnType<typeof schemaOf>,
  query: string,
  contextValue: unknown = {},
) => dataOf(await ask(schema, query, { contextValue }));

describe('M-144 dataLoader batches and remembers', () => {
  test('M-144 loads of one moment are one call, with each key once', async () => {
    const { schema, idsOf } = setUp();
    expect(await run(schema, '{ posts { id author { name } } }')).toEqual({
      posts: [
        { id: 'a', author: { name: 'Ada' } },
        { id: 'b', author: { name: 'Bob' } },
        { id: 'c', author: { name: 'Ada' } },
      ],
    });
    expect(idsOf()).toEqual([['1', '2']]);
  });

  test('M-144 each operation loads anew, also with the context of another', async () => {
    const { schema, idsOf } = setUp();
    const context = Object.freeze({ tenant: 'x' });
    await run(schema, '{ user(id: 1) { name } }', context);
    await run(schema, '{ user(id: 1) { name } }', context);
    expect(idsOf()).toEqual([['1'], ['1']]);
  });

  test('M-144 operations at the same time are kept apart', async () => {
    const { schema, idsOf } = setUp();
    await Promise.all([
      run(schema, '{ user(id: 1) { name } }'),
      run(schema, '{ user(id: 2) { name } }'),
    ]);
    expect(idsOf()).toEqual([['1'], ['2']]);
  });

  test('the context of the server stays as it is; resolvers get one with more on it', async () => {
    const { schema } = setUp();
    const context = { tenant: 'x' };
    await run(schema, '{ user(id: 1) { name } }', context);
    expect(Object.keys(context)).toEqual(['tenant']);
  });

  test('a server without a context gets one', async () => {
    const { schema } = setUp();
    expect(dataOf(await ask(schema, '{ user(id: 1) { name } }'))).toEqual({
      user: { name: 'Ada' },
    });
  });

  test('each event of a subscription loads anew', async () => {
    const { schema, idsOf } = setUp();
    const document = parse('subscription { changed { name } }');
    const events = await subscribe({ schema, document, contextValue: {} });
    const seen: unknown[] = [];
    for await (const event of events as AsyncIterable<{ data: unknown }>) {
      seen.push(JSON.parse(JSON.stringify(event.data)));
    }
    expect(seen).toEqual([{ changed: { name: 'Ada' } }, { changed: { name: 'Ada II' } }]);
    expect(idsOf()).toEqual([['1'], ['1']]);
  });
});

describe('what is loaded', () => {
  test('can be only the fields that the operation asks for, those with the same together', async () => {
    const { schema, calls } = setUp();
    await run(
      schema,
      '{ posts { editor { ...Name id } } } fragment Name on User { name __typename }',
    );
    expect(calls).toEqual([{ ids: ['1', '2'], fields: ['id', 'name'] }]);
  });

  test('with all its fields answers for any selection', async () => {
    const { schema, calls } = setUp();
    await run(schema, '{ user(id: 1) { name } posts { editor { name } } }');
    expect(calls).toEqual([
      { ids: ['1'], fields: undefined },
      { ids: ['2'], fields: ['name'] },
    ]);
  });

  test('at most so many keys at once', async () => {
    const { schema, idsOf } = setUp({ maxBatchSize: 2 });
    await run(schema, '{ users(ids: [1, 2, 3]) { name } }');
    expect(idsOf()).toEqual([['1', '2'], ['3']]);
  });

  test('is forgotten after each field of a mutation, not before', async () => {
    const { schema, idsOf } = setUp();
    const query =
      'mutation { a: rename(id: 1, name: "A") { name } b: rename(id: 1, name: "B") { name } }';
    expect(await run(schema, query)).toEqual({ a: { name: 'Ada' }, b: { name: 'A' } });
    expect(idsOf()).toEqual([['1'], ['1']]);
  });

  test('is remembered within what a field of a mutation gives', async () => {
    const { schema, idsOf } = setUp();
    await run(schema, 'mutation { touch { author { best { best { name } } } } }');
    expect(idsOf()).toEqual([['1']]);
  });

  test('is forgotten after a field of a mutation that failed', async () => {
    const { schema, idsOf } = setUp();
    const query =
      'mutation { a: rename(id: 9, name: "A") { name } b: rename(id: 9, name: "B") { name } }';
    await ask(schema, query, { contextValue: {} });
    expect(idsOf()).toEqual([['9'], ['9']]);
  });

  test('is forgotten, and put there, on request', async () => {
    const calls: unknown[] = [];
    const dates = (keys: readonly string[]) => (calls.push(keys), keys.map(() => calls.length));
    const schema = fields()
      .use(dataLoader({ loaders: { dates } }))
      .apply(
        schemaOf('type Query { all: [Int] }', {
          'Query.all': async (
            _: never,
            __: object,
            { load }: { load: { dates: Load<string, number> } },
          ) => {
            const first = await load.dates('x');
            load.dates.clear('x');
            const second = await load.dates('x', { fields: ['y', 'y'] });
            load.dates.prime('z', 99);
            const third = await load.dates('z', { fields: ['y'] });
            load.dates.clearAll();
            return [first, second, third, await load.dates('z')];
          },
        }),
      );
    expect(await run(schema, '{ all }')).toEqual({ all: [1, 2, 99, 3] });
  });

  test('has keys that are objects made the same by `cacheKey`, and is not remembered with `cache: false`', async () => {
    const calls: unknown[] = [];
    const load = (keys: readonly { id: number }[]) => (
      calls.push(keys.length),
      keys.map(({ id }) => id)
    );
    const same = { load, cacheKey: ({ id }: { id: number }) => id };
    const schema = fields()
      .use(dataLoader({ loaders: { same, fresh: { load, cache: false } } }))
      .apply(
        schemaOf('type Query { all: [Int] }', {
          'Query.all': async (
            _: never,
            __: object,
            {
              load: { same: one, fresh: other },
            }: {
              load: Record<'same' | 'fresh', Load<{ id: number }, number>>;
            },
          ) => [
            ...(await Promise.all([one({ id: 1 }), one({ id: 1 })])),
            ...(await Promise.all([other({ id: 2 }), other({ id: 2 })])),
          ],
        }),
      );
    expect(await run(schema, '{ all }')).toEqual({ all: [1, 1, 2, 2] });
    expect(calls).toEqual([1, 2]);
  });
});

describe('what goes wrong', () => {
  test('with one key is the error of those who asked for it', async () => {
    const { schema } = setUp();
    const { data, errors } = await ask(
      schema,
      '{ a: user(id: 1) { name } b: user(id: 9) { name } }',
      {
        contextValue: {},
      },
    );
    expect(data).toEqual({ a: { name: 'Ada' }, b: null });
    expect(errors?.map(({ message }) => message)).toEqual(['no user 9']);
  });

  test('in a list is the error of the item', async () => {
    const { schema } = setUp();
    const { data, errors } = await ask(schema, '{ users(ids: [1, 9]) { name } }', {
      contextValue: {},
    });
    expect(data).toEqual({ users: [{ name: 'Ada' }, null] });
    expect(errors?.map(({ path }) => path)).toEqual([['users', 1]]);
  });

  test.each([
    ['too few', () => [], 0],
    ['no list', () => ({ length: 1 }), undefined],
    ['nothing', () => undefined, undefined],
  ])('a load function that gives %s is told so', async (_, users, got) => {
    const { load } = await loadOf({ users: users as never });
    const failure: unknown = await load.users('1').catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(BatchShapeError);
    expect(failure).toMatchObject({ policy: 'users', expected: 1, got });
  });

  test('what a load function throws reaches everyone as the same object, and is not remembered', async () => {
    const trouble = new Error('down');
    const users = vi.fn((): never => {
      throw trouble;
    });
    const { load } = await loadOf({ users });
    const both = await Promise.allSettled([load.users('1'), load.users('2')]);
    expect(both.map((one) => (one as PromiseRejectedResult).reason)).toEqual([trouble, trouble]);
    await expect(load.users('1')).rejects.toBe(trouble);
    expect(users).toHaveBeenCalledTimes(2);
  });

  test.each([undefined, null])('%s is no key, and the others are loaded', async (key) => {
    const { load } = await loadOf({ users: (ids: readonly string[]) => ids });
    const both = await Promise.allSettled([load.users(key as never), load.users('1')]);
    expect(both).toEqual([
      { status: 'rejected', reason: expect.objectContaining({ name: 'TypeError' }) },
      { status: 'fulfilled', value: '1' },
    ]);
  });

  test('fields that are no names are refused', async () => {
    const { load } = await loadOf({ users: (ids: readonly string[]) => ids });
    await expect(load.users('1', { fields: ['a b'] })).rejects.toThrow(
      /`fields` to be a list of names/,
    );
  });

  test('loaders may be called whatever objects have by themselves', async () => {
    const { load } = await loadOf({ constructor: (ids: readonly string[]) => ids } as never);
    expect(await (load as unknown as { constructor: Users }).constructor('1')).toBe('1');
  });

  test('a context that has the name already is not overwritten', async () => {
    const { schema } = setUp();
    const { errors } = await ask(schema, '{ user(id: 1) { name } }', { contextValue: { load: 1 } });
    expect(errors?.[0]?.message).toMatch(/has "load" already/);
  });
});

/** The loaders, as a resolver has them. */
async function loadOf(
  loaders: Record<string, (ids: readonly string[]) => unknown>,
  more: object = {},
): Promise<{ load: { users: Users } }> {
  let seen: unknown;
  const schema = fields()
    .use(dataLoader({ loaders: loaders as never, ...more }))
    .apply(
      schemaOf('type Query { go: Boolean }', {
        'Query.go': (_: never, __: object, context: unknown) => ((seen = context), true),
      }),
    );
  await ask(schema, '{ go }', { contextValue: {} });
  return seen as { load: { users: Users } };
}

describe('a schedule of one’s own', () => {
  test('says when a batch is loaded', async () => {
    const waiting: (() => void)[] = [];
    const users = vi.fn((ids: readonly string[]) => ids);
    const { load } = await loadOf(
      { users },
      { schedule: (dispatch: () => void) => waiting.push(dispatch) },
    );
    const loaded = Promise.all([load.users('1'), load.users('2')]);
    expect(users).not.toHaveBeenCalled();
    for (const dispatch of waiting) dispatch();
    for (const dispatch of waiting) dispatch();
    expect(await loaded).toEqual(['1', '2']);
    expect(users).toHaveBeenCalledTimes(1);
  });

  test.each([
    ['acts at once', (dispatch: () => void) => dispatch()],
    [
      'throws',
      () => {
        throw new Error('no time');
      },
    ],
    ['fails later', () => Promise.reject(new Error('no time'))],
  ])('loses no load if it %s', async (_, schedule) => {
    const told = vi.spyOn(console, 'error').mockImplementation(() => {});
    const { load } = await loadOf({ users: (ids) => ids }, { schedule });
    expect(await Promise.all([load.users('1'), load.users('2')])).toEqual(['1', '2']);
    told.mockRestore();
  });
});

describe('options', () => {
  test.each([
    [{}, /`loaders` to be load functions by name/],
    [{ loaders: {} }, /`loaders` to be load functions by name/],
    [{ loaders: { users: 1 } }, /`loaders.users` to be a load function/],
    [{ loaders: { users: { load: () => [], caches: 1 } } }, /Did you mean "cache"/],
    [{ loaders: { users: { load: () => [], cache: 1 } } }, /`loaders.users.cache` to be true/],
    [{ loaders: { users: { load: () => [], cacheKey: 1 } } }, /`loaders.users.cacheKey` to be/],
    [{ loaders: { users: { load: () => [], maxBatchSize: 0 } } }, /`loaders.users.maxBatchSize`/],
    [{ loaders: { users: () => [] }, maxBatchSize: 1.5 }, /`maxBatchSize` to be a whole number/],
    [{ loaders: { users: () => [] }, as: '' }, /`as` to be a name/],
    [{ loaders: { users: () => [] }, schedule: 1 }, /`schedule` to be a function/],
    [{ loaders: { users: () => [] }, batch: true }, /Unknown option `batch`/],
  ])('%j is refused', (options, message) => {
    expect(() => dataLoader(options as never)).toThrow(message);
  });
});

test('the compiler knows what resolvers get, and what load functions need of the context', () => {
  const stack = fields<{ db: Map<string, User> }>().use(
    dataLoader({
      as: 'loaders',
      loaders: {
        users: (ids: readonly string[], { context }: LoadContext<{ db: Map<string, User> }>) =>
          ids.map((id) => context.db.get(id) ?? new Error('none')),
        sizes: { load: async (keys: readonly number[]) => keys.map(String), cache: false },
      },
    }),
  );
  type Context = typeof stack extends { takes?: (context: never) => infer C } ? C : never;
  expectTypeOf<Context['loaders']['users']>().toEqualTypeOf<Load<string, User>>();
  expectTypeOf<Context['loaders']['sizes']>().toEqualTypeOf<Load<number, string>>();
  const needy = dataLoader({
    loaders: { users: (ids: readonly string[], _: LoadContext<{ db: 1 }>) => ids },
  });
  // @ts-expect-error -- the server has no database for it
  fields<{ other: 1 }>().use(needy);
});
