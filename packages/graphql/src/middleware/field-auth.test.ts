/** fieldAuth: who is given which fields, what the others get, and that nothing gets out when a rule goes wrong. */
import { compose } from '@interpose/kernel';
import { type GraphQLSchema, parse, subscribe } from 'graphql';
import { describe, expect, test, vi } from 'vitest';
import { ask, type FieldFunctions, schemaOf } from '../../test-kit/schema-of.ts';
import { UnknownFieldError } from '../errors.ts';
import type { FieldContext } from '../field-context.ts';
import { fields } from '../fields.ts';
import type { AuthRule } from '../rules/auth-rule.ts';
import { fieldAuth, type FieldAuthOptions } from './field-auth.ts';

const TEXT = `
  directive @auth(requires: Role = ADMIN) on FIELD_DEFINITION | OBJECT | INTERFACE
  enum Role { ADMIN USER }
  interface Node { id: ID secret: String }
  type User implements Node { id: ID secret: String name: String email: String! phone: String friends: [User!] }
  type Note @auth(requires: USER) { text: String open: String @auth(requires: USER) hard: String @auth }
  type Query { me: User users: [User!] note: Note node: Node }
  type Mutation { remove: Boolean }
  type Subscription { news: String }
`;
const PEOPLE = ['1', '2', '3'].map((id) => ({
  id,
  name: `n${id}`,
  secret: `s${id}`,
  email: `e${id}`,
  phone: `p${id}`,
}));
const RESOLVERS: Record<string, FieldFunctions> = {
  'Query.me': () => PEOPLE[0],
  'Query.users': () => PEOPLE,
  'Query.note': () => ({ text: 't', open: 'o', hard: 'h' }),
  'Query.node': () => ({ __typename: 'User', ...PEOPLE[0] }),
  'User.friends': () => PEOPLE,
};
const ADMIN = { user: { id: '1', roles: ['admin'] } };
const USER = { user: { id: '2', roles: ['user'] } };

const guarded = (options: FieldAuthOptions, resolvers = {}): GraphQLSchema =>
  fields()
    .use(fieldAuth(options))
    .apply(schemaOf(TEXT, { ...RESOLVERS, ...resolvers }));

/** Data, and the codes of the errors. */
async function see(schema: GraphQLSchema, query: string, contextValue: unknown = USER) {
  const { data, errors = [] } = await ask(schema, query, { contextValue });
  return {
    data: JSON.parse(JSON.stringify(data)),
    codes: errors.map((one) => one.extensions['code']),
  };
}

/** What somebody sees of a phone under a rule: it, or nothing. */
async function phone(rule: AuthRule, contextValue: unknown = USER, more: FieldAuthOptions = {}) {
  const schema = guarded({ denied: 'null', ...more, rules: { 'User.phone': rule } });
  const { data } = await see(schema, '{ me { phone } }', contextValue);
  return data.me.phone;
}

describe('M-147 a field that may not be seen', () => {
  test('M-147 is an error that says whether logging in would help', async () => {
    const schema = guarded({ rules: { 'User.phone': 'admin' } });
    const query = '{ me { name phone } }';
    expect(await see(schema, query, ADMIN)).toEqual({
      data: { me: { name: 'n1', phone: 'p1' } },
      codes: [],
    });
    expect(await see(schema, query)).toEqual({
      data: { me: { name: 'n1', phone: null } },
      codes: ['FORBIDDEN'],
    });
    expect(await see(schema, query, {})).toEqual({
      data: { me: { name: 'n1', phone: null } },
      codes: ['UNAUTHENTICATED'],
    });
  });

  test('M-147 is null by option, but an error where there may be no null', async () => {
    const schema = guarded({
      denied: 'null',
      rules: { 'User.phone': 'admin', 'User.email': 'admin' },
    });
    expect(await see(schema, '{ me { phone } }')).toEqual({
      data: { me: { phone: null } },
      codes: [],
    });
    expect(await see(schema, '{ me { email } }')).toEqual({
      data: { me: null },
      codes: ['FORBIDDEN'],
    });
  });

  test('M-147 is as if it were not there by option', async () => {
    const schema = guarded({ denied: 'hidden', rules: { 'User.phone': 'admin' } });
    const { errors } = await ask(schema, '{ me { phone } }', { contextValue: USER });
    expect(errors?.map(({ message, extensions }) => [message, extensions])).toEqual([
      ['Cannot query field "phone" on type "User".', { code: 'GRAPHQL_VALIDATION_FAILED' }],
    ]);
  });

  test('is what a function says for each field', async () => {
    const schema = guarded({
      denied: ({ field }) => (field.name === 'phone' ? 'null' : 'error'),
      rules: { 'User.phone': false, 'User.name': false },
    });
    expect(await see(schema, '{ me { phone name } }')).toEqual({
      data: { me: { phone: null, name: null } },
      codes: ['FORBIDDEN'],
    });
  });

  test('is not resolved, and somebody is told', async () => {
    const resolve = vi.fn(() => 'p');
    const onDenied = vi.fn(() => {
      throw new Error('an onlooker');
    });
    const told = vi.spyOn(console, 'error').mockImplementation(() => {});
    const rules = {
      'User.phone': [
        'admin',
        {
          allOf: [
            'x',
            function isOwner() {
              return false;
            },
          ],
        },
      ],
    } as const;
    const schema = guarded({ onDenied, rules }, { 'User.phone': resolve });
    expect((await see(schema, '{ me { phone } }')).codes).toEqual(['FORBIDDEN']);
    expect(resolve).not.toHaveBeenCalled();
    expect(onDenied).toHaveBeenCalledExactlyOnceWith(
      expect.objectContaining({
        coordinate: 'User.phone',
        rule: 'admin or x and isOwner',
        user: USER.user,
      }),
    );
    told.mockRestore();
  });
});

describe('a rule', () => {
  const owner = (user: { id: string }, parent: { id: string }): boolean => user.id === parent.id;

  test.each([
    ['everybody', true, {}, 'p1'],
    ['nobody', false, ADMIN, null],
    ['a role', 'admin', ADMIN, 'p1'],
    ['a role that one has not', 'admin', USER, null],
    ['a permission', 'read', { user: { permissions: new Set(['read']) } }, 'p1'],
    ['the one role of a user', 'root', { user: { role: 'root' } }, 'p1'],
    ['a word that nobody knows', 'amdin', ADMIN, null],
    ['what objects have by themselves', 'constructor', ADMIN, null],
    ['roles of another form', 'admin', { user: { roles: 'admin' } }, null],
    ['roles that are not all text', 'admin', { user: { roles: ['admin', 1] } }, null],
    ['a function', owner, ADMIN, 'p1'],
    ['a function that says no', owner, USER, null],
    ['a function that throws', owner, {}, null],
    ['one of a list', ['editor', owner], ADMIN, 'p1'],
    ['none of a list', ['editor', owner], USER, null],
    ['all of a list', { allOf: ['admin', owner] }, ADMIN, 'p1'],
    ['not all of a list', { allOf: ['admin', () => false] }, ADMIN, null],
    ['a promise of yes', async () => true, USER, 'p1'],
    ['a promise of no', async () => false, USER, null],
    ['a promise that fails', () => Promise.reject(new Error('x')), USER, null],
    ['something that is only as good as true', () => 1 as never, ADMIN, null],
    ['a promise of such', async () => 'yes' as never, ADMIN, null],
    [
      'a list that waits',
      [async () => false, async () => true, () => Promise.reject(new Error())],
      USER,
      'p1',
    ],
    ['all of those that wait', { allOf: [async () => true, async () => false] }, USER, null],
  ] as const)('%s', async (_, rule, context, seen) => {
    expect(await phone(rule as AuthRule, context, { onFailure: () => {} })).toBe(seen);
  });

  test('with a name of its own is asked by that name, and may use others', async () => {
    const permissions = { isOwner: owner, mayCall: ['isOwner', 'operator'] } as const;
    const more = { permissions } as FieldAuthOptions;
    expect(await phone('mayCall', ADMIN, more)).toBe('p1');
    expect(await phone('mayCall', USER, more)).toBe(null);
    expect(await phone('mayCall', { user: { id: '9', roles: ['operator'] } }, more)).toBe('p1');
  });

  test('that goes wrong is reported, and whoever it is reported to may fail too', async () => {
    const onFailure = vi.fn(() => {
      throw new Error('log is full');
    });
    const told = vi.spyOn(console, 'error').mockImplementation(() => {});
    const trouble = new Error('no database');
    const rule = (): never => {
      throw trouble;
    };
    expect(await phone(rule, ADMIN, { onFailure })).toBe(null);
    expect(onFailure).toHaveBeenCalledExactlyOnceWith(trouble);
    told.mockRestore();
  });

  test('is given user, parent, arguments, context and info', async () => {
    const rule = vi.fn(() => true);
    await phone(rule, ADMIN);
    expect(rule).toHaveBeenCalledExactlyOnceWith(
      ADMIN.user,
      PEOPLE[0],
      {},
      ADMIN,
      expect.objectContaining({ fieldName: 'phone' }),
    );
  });

  test.each(['operation', 'parent'] as const)('is asked once %s', async (once) => {
    const check = vi.fn(async () => true);
    const schema = guarded({ rules: { 'User.phone': { check, once } } });
    await see(schema, '{ users { phone again: phone } me { phone } }');
    expect(check).toHaveBeenCalledTimes(once === 'operation' ? 1 : 3);
    await see(schema, '{ me { phone } }');
    expect(check).toHaveBeenCalledTimes(once === 'operation' ? 2 : 4);
  });
});

describe('M-147 a rule for many', () => {
  test('M-147 is asked once for a list, and only those let in are loaded, together', async () => {
    const many = vi.fn(async (parents: readonly { id: string }[]) =>
      parents.map(({ id }) => id !== '2'),
    );
    const friends = vi.fn(({ id }: { id: string }) => PEOPLE.filter((one) => one.id === id));
    const schema = guarded(
      { denied: 'null', rules: { 'User.friends': { many } } as never },
      { 'User.friends': friends },
    );
    const { data } = await see(schema, '{ users { friends { id } } }');
    expect(data.users).toEqual([
      { friends: [{ id: '1' }] },
      { friends: null },
      { friends: [{ id: '3' }] },
    ]);
    expect(many).toHaveBeenCalledExactlyOnceWith(
      PEOPLE,
      expect.objectContaining({ user: USER.user, args: {} }),
    );
    expect(friends).toHaveBeenCalledTimes(2);
  });

  test.each([
    ['gives too few', () => [true]],
    ['gives no list', () => true],
    ['gives what is only as good as true', () => [1, 1, 1]],
    [
      'throws',
      () => {
        throw new Error('x');
      },
    ],
    ['fails', () => Promise.reject(new Error('x'))],
  ])('that %s lets nobody in', async (_, many) => {
    const schema = guarded({
      denied: 'null',
      onFailure: () => {},
      rules: { 'User.phone': { many } } as never,
    });
    const { data } = await see(schema, '{ users { phone } }');
    expect(data.users).toEqual([{ phone: null }, { phone: null }, { phone: null }]);
  });

  test('keeps places of a document apart that ask for something else', async () => {
    const many = vi.fn((parents: readonly unknown[]) => parents.map(() => true));
    const schema = guarded({ rules: { 'User.phone': { many } } });
    await see(schema, '{ users { phone other: phone } }');
    expect(many).toHaveBeenCalledTimes(2);
  });
});

describe('which rules hold', () => {
  const all = '{ me { id secret name phone } }';

  test.each([
    ['one for the field before wider ones', { 'User.*': false, 'User.name': true }, ['name']],
    [
      'those for a type and for a name together',
      { 'User.*': true, '*.phone': false },
      ['id', 'name', 'secret'],
    ],
    [
      'those for everything where there is no other',
      { '*': false, 'User.name': true, 'Query.me': true },
      ['name'],
    ],
    [
      'that of an interface besides',
      { 'User.secret': true, 'Node.secret': false },
      ['id', 'name', 'phone'],
    ],
    ['that for all of an interface', { 'Node.*': false }, []],
  ])('%s', async (_, rules, names) => {
    const { data } = await see(guarded({ denied: 'null', rules }), all);
    const seen = Object.entries(data.me).filter(([, value]) => value !== null);
    expect(seen.map(([name]) => name).toSorted()).toEqual(names);
  });

  test('those of a directive: of the field, or else of its type, with its default', async () => {
    const schema = guarded({ denied: 'null' });
    const query = '{ note { text open hard } }';
    const as = async (...roles: string[]) =>
      (await see(schema, query, { user: { roles } })).data.note;
    expect(await as()).toEqual({ text: null, open: null, hard: null });
    expect(await as('USER')).toEqual({ text: 't', open: 'o', hard: null });
    expect(await as('ADMIN')).toEqual({ text: null, open: null, hard: 'h' });
  });

  test('a directive that says nothing asks for somebody, also one that the schema does not define', async () => {
    const loose = schemaOf('directive @login on FIELD_DEFINITION type Query { a: Int @login }', {
      'Query.a': () => 1,
    });
    const schema = fields()
      .use(fieldAuth({ directive: 'login' }))
      .apply(loose);
    expect((await see(schema, '{ a }', { user: { id: 1 } })).data).toEqual({ a: 1 });
    expect(await see(schema, '{ a }', { user: null })).toEqual({
      data: { a: null },
      codes: ['UNAUTHENTICATED'],
    });
  });

  test('those under extensions, of a field and of a type, together with others', async () => {
    const plain = schemaOf(TEXT, RESOLVERS);
    const user = plain.getType('User') as never as {
      extensions: object;
      getFields(): Record<string, { extensions: object }>;
    };
    user.extensions = { auth: 'staff' };
    (user.getFields()['phone'] as { extensions: object }).extensions = { auth: ['boss'] };
    const schema = fields()
      .use(fieldAuth({ denied: 'null', rules: { 'User.name': 'user' } }))
      .apply(plain);
    const as = async (...roles: string[]) =>
      (await see(schema, '{ me { name phone } }', { user: { roles } })).data.me;
    expect(await as('staff')).toEqual({ name: null, phone: null });
    expect(await as('staff', 'user')).toEqual({ name: 'n1', phone: null });
    expect(await as('boss')).toEqual({ name: null, phone: 'p1' });
  });

  test('none: then fields are for everybody, or for nobody', async () => {
    expect((await see(guarded({}), all, {})).data.me.name).toBe('n1');
    const closed = guarded({
      otherwise: 'deny',
      denied: 'null',
      rules: { 'Query.me': true, 'User.name': true },
    });
    expect((await see(closed, all, {})).data.me).toEqual({
      id: null,
      secret: null,
      name: 'n1',
      phone: null,
    });
  });

  test('fields that everybody may see have nothing round them', () => {
    const { wrapped } = fields()
      .use(fieldAuth({ rules: { 'User.*': true, 'User.phone': 'admin' }, directive: 'none' }))
      .wrap(schemaOf(TEXT, RESOLVERS));
    expect(wrapped).toEqual(['User.phone']);
  });
});

describe('where it stands', () => {
  test('M-147 a subscription is not begun for whoever may not', async () => {
    const begin = vi.fn(async function* () {
      yield 'x';
    });
    const schema = guarded(
      { denied: 'null', rules: { 'Subscription.news': 'admin' } },
      { 'Subscription.news': { subscribe: begin, resolve: (event: string) => event } },
    );
    const document = parse('subscription { news }');
    const refused = await subscribe({ schema, document, contextValue: USER });
    expect(refused).toMatchObject({ errors: [{ extensions: { code: 'FORBIDDEN' } }] });
    expect(begin).not.toHaveBeenCalled();
    const stream = (await subscribe({ schema, document, contextValue: ADMIN })) as AsyncGenerator<{
      data: unknown;
    }>;
    expect(JSON.stringify((await stream.next()).value.data)).toBe('{"news":"x"}');
    await stream.return(undefined);
  });

  test('a field stays synchronous if its rule is', () => {
    const schema = guarded({ rules: { 'User.phone': 'admin' } });
    expect(ask(schema, '{ me { phone } }', { contextValue: ADMIN })).toMatchObject({
      data: { me: { phone: 'p1' } },
    });
  });

  test('round a resolver by hand it guards as well, and finds the rule by itself', () => {
    const plain = schemaOf(TEXT, RESOLVERS);
    const run = compose<FieldContext, unknown>(fieldAuth({ rules: { 'User.phone': 'admin' } }));
    const user = plain.getType('User') as never;
    const call = (fieldName: string, context: unknown): unknown =>
      run(
        {
          parent: {},
          args: {},
          context,
          info: { schema: plain, parentType: user, fieldName, variableValues: {} } as never,
        },
        () => 'seen',
      );
    expect([call('phone', ADMIN), call('name', USER)]).toEqual(['seen', 'seen']);
    expect(() => call('phone', USER)).toThrow('You are not allowed to use User.phone.');
  });

  test('roles may be found out elsewhere, once an operation; if that fails there are none', async () => {
    const namesOf = vi.fn(async ({ token }: { token: string }) => {
      if (token === 'bad') throw new Error('no answer');
      return new Set([token]);
    });
    const onFailure = vi.fn();
    const schema = guarded({
      rules: { 'User.phone': 'admin' },
      denied: 'null',
      namesOf: namesOf as never,
      userOf: (context) => (context as { token: string }).token,
      onFailure,
    });
    const phones = async (token: string) =>
      (await see(schema, '{ users { phone } }', { token })).data.users[1].phone;
    expect(await phones('admin')).toBe('p2');
    expect(namesOf).toHaveBeenCalledTimes(1);
    expect(await phones('other')).toBe(null);
    expect(await phones('bad')).toBe(null);
    expect(onFailure).toHaveBeenCalledTimes(1);
  });
});

test('a user that is still a promise is nobody, and that is reported', async () => {
  const onFailure = vi.fn();
  const text = 'directive @auth on FIELD_DEFINITION type Query { a: Int @auth }';
  const build = (options: FieldAuthOptions) =>
    fields()
      .use(fieldAuth({ onFailure, ...options }))
      .apply(schemaOf(text, { 'Query.a': () => 1 }));
  for (const user of [Promise.resolve({ id: 1 }), Promise.reject(new Error('x'))]) {
    expect((await see(build({}), '{ a }', { user })).codes).toEqual(['UNAUTHENTICATED']);
  }
  const userOf = async () => ({ id: 1 });
  expect((await see(build({ userOf }), '{ a }', {})).codes).toEqual(['UNAUTHENTICATED']);
  expect(onFailure).toHaveBeenCalledTimes(3);
});

test('introspection goes on where every field needs a rule', async () => {
  const { data } = await see(
    guarded({ otherwise: 'deny' }),
    '{ __schema { queryType { name } } __typename }',
  );
  expect(data).toEqual({ __schema: { queryType: { name: 'Query' } }, __typename: 'Query' });
});

describe('options', () => {
  test.each([
    [{ rules: { User: 'admin' } }, /`rules` to be named Type.field/],
    [{ rules: { 'User.phone': undefined } }, /`rules.User.phone` to be a rule/],
    [{ rules: { 'User.phone': '' } }, /`rules.User.phone` to be a rule/],
    [{ rules: { 'User.phone': [] } }, /`rules.User.phone` to be a list of one rule/],
    [{ rules: { 'User.phone': { allOf: [] } } }, /a list of one rule/],
    [{ rules: { 'User.phone': { anyOf: ['x'] } } }, /Did you mean "allOf"/],
    [{ rules: { 'User.phone': { check: Boolean } } }, /`rules.User.phone` to be a rule/],
    [{ rules: { 'User.phone': { check: Boolean, once: 'day' } } }, /`rules.User.phone.once`/],
    [{ rules: { 'User.phone': { many: () => [], allOf: ['x'] } } }, /to be a rule/],
    [
      { permissions: { a: ['b'], b: { allOf: ['a'] } } },
      /`permissions.a` to be no part of itself, got `a > b > a`/,
    ],
    [{ rules: 1 }, /`rules` to be an object/],
    [{ permissions: null }, /`permissions` to be an object/],
    [{ denied: 'nothing' }, /`denied` to be 'null', 'error' or 'hidden'/],
    [{ otherwise: true }, /`otherwise` to be 'allow' or 'deny'/],
    [{ directive: '' }, /`directive` to be a name/],
    [{ userOf: 1 }, /`userOf` to be a function/],
    [{ onDenied: 1 }, /`onDenied` to be a function/],
    [{ rule: {} }, /Did you mean "rules"/],
  ])('%j is refused', (options, message) => {
    expect(() => fieldAuth(options as never)).toThrow(message);
  });

  test.each([
    [
      'User.phnoe',
      'fieldAuth() has a rule for "User.phnoe", and "User" has no field "phnoe". Did you mean "phone"?',
    ],
    [
      'Usr.phone',
      'fieldAuth() has a rule for "Usr.phone", and the schema has no type "Usr". Did you mean "User"?',
    ],
    [
      '*.phnoe',
      'fieldAuth() has a rule for "*.phnoe", and no type has field "phnoe". Did you mean "phone"?',
    ],
    ['User.constructor', /has no field "constructor"/],
  ])('a rule for %s protects nothing, and the schema is not built', (name, message) => {
    const build = (): unknown => guarded({ rules: { [name]: 'admin' } });
    expect(build).toThrow(UnknownFieldError);
    expect(build).toThrow(message);
  });

  test('a rule in the schema that is none keeps the schema from being built', () => {
    const plain = schemaOf(TEXT, RESOLVERS);
    (plain.getType('User') as { extensions: object }).extensions = { auth: 5 };
    expect(() => fields().use(fieldAuth()).apply(plain)).toThrow(
      /`extensions.auth of User` to be a rule/,
    );
  });
});
