/** dataMasking: what is left to be seen, by whom, in what form, and that nothing gets out when a mask fails. */
import { GraphQLObjectType, GraphQLScalarType, GraphQLSchema } from 'graphql';
import { describe, expect, test, vi } from 'vitest';
import { ask, type FieldFunctions, schemaOf } from '../../test-kit/schema-of.ts';
import { fields } from '../fields.ts';
import type { MaskRule } from '../rules/mask-rule.ts';
import { email, full, lastOnly, partial } from '../rules/masks.ts';
import { dataMasking, type DataMaskingOptions } from './data-masking.ts';

const TEXT = `
  scalar JSON
  interface Person { email: String }
  type User implements Person {
    id: ID! name: String email: String card: String! age: Int cards: [String] matrix: [[String!]!]
    friends: [User!] boss: User data: JSON later: String numbers: [Int!]!
  }
  type Query { me: User users: [User!] }
`;
const ADA = {
  id: '1',
  name: 'Ada',
  email: 'ada@example.com',
  card: '4111111111111234',
  age: 36,
  cards: ['11112222', null, '33334444'],
  matrix: new Set([['12345678'], ['abcdefgh', 'short']]),
  boss: { id: '2', email: 'bob@example.com' },
  data: { iban: 'DE12345678', list: [{ iban: 'AT87654321', note: 'x' }], pin: [1234, { deep: 1 }] },
  numbers: [1, 2],
};
Object.freeze(ADA.data);

const RESOLVERS: Record<string, FieldFunctions> = {
  'Query.me': () => ADA,
  'Query.users': async () => [ADA, ADA],
  'User.friends': () => [ADA],
  'User.later': async () => 'later@example.com',
};
const build = (options: DataMaskingOptions, resolvers = {}): GraphQLSchema =>
  fields()
    .use(dataMasking(options))
    .apply(schemaOf(TEXT, { ...RESOLVERS, ...resolvers }));

async function see(schema: GraphQLSchema, query: string, roles: readonly string[] = []) {
  const { data, errors = [] } = await ask(schema, query, { contextValue: { user: { roles } } });
  return {
    data: JSON.parse(JSON.stringify(data)),
    codes: errors.map((one) => one.extensions['code'] ?? one.message),
  };
}

/** What is to be seen of one field of Ada under a rule for it. */
async function seen(field: string, rule: MaskRule, ...roles: string[]): Promise<unknown> {
  const { data } = await see(
    build({ rules: { [`User.${field}`]: rule } }),
    `{ me { ${field} } }`,
    roles,
  );
  return data.me?.[field];
}

describe('M-148 a field', () => {
  test.each([
    ['email', 'full', '***'],
    ['email', 'email', 'a***@example.com'],
    ['email', 'null', null],
    ['card', 'partial', '****1234'],
    ['card', 'full', '***'],
    ['id', 'full', '***'],
    ['later', 'email', 'l***@example.com'],
    ['age', 'full', null],
    ['age', () => 0, 0],
    ['email', () => undefined, null],
    ['email', async (value: unknown) => String(value).length, '15'],
    ['boss', 'full', null],
    ['email', false, 'ada@example.com'],
  ] as const)('M-148 %s with %s is %j', async (field, rule, left) => {
    const query = field === 'boss' ? '{ me { boss { id } } }' : `{ me { ${field} } }`;
    const { data } = await see(build({ rules: { [`User.${field}`]: rule as MaskRule } }), query);
    expect(data.me[field]).toEqual(left);
  });

  test('M-148 is masked nested, and in lists, wherever it stands', async () => {
    const schema = build({ rules: { 'User.email': 'email' } });
    const query = '{ users { email friends { email boss { email } } } }';
    const one = {
      email: 'a***@example.com',
      friends: [{ email: 'a***@example.com', boss: { email: 'b***@example.com' } }],
    };
    expect((await see(schema, query)).data).toEqual({ users: [one, one] });
  });

  test('M-148 that is a list is masked item by item, lists in lists and other iterables too', async () => {
    expect(await seen('cards', 'partial')).toEqual(['****2222', null, '****4444']);
    expect(await seen('matrix', 'partial')).toEqual([['****5678'], ['****efgh', '****']]);
  });

  test('M-148 is masked by role: who has several gets what is listed first', async () => {
    const rule: MaskRule = { roles: { admin: false, support: 'partial' } };
    expect(await seen('card', rule)).toBe('***');
    expect(await seen('card', rule, 'support')).toBe('****1234');
    expect(await seen('card', rule, 'admin')).toBe(ADA.card);
    expect(await seen('card', rule, 'support', 'admin')).toBe(ADA.card);
    expect(await seen('card', { mask: 'partial', roles: { toString: false } } as MaskRule)).toBe(
      '****1234',
    );
  });

  test('M-148 is as it is for those who see everything', async () => {
    const schema = build({ rules: { '*.email': 'full' }, unless: ['admin'] });
    expect((await see(schema, '{ me { email } }', ['admin'])).data).toEqual({
      me: { email: ADA.email },
    });
    expect((await see(schema, '{ me { email } }')).data).toEqual({ me: { email: '***' } });
  });

  test('M-148 of plain data is masked by name at any depth, and the original stays as it is', async () => {
    const before = JSON.stringify(ADA);
    expect(await seen('data', { fields: ['iban', 'pin'], mask: 'partial' })).toEqual({
      iban: '****5678',
      list: [{ iban: '****4321', note: 'x' }],
      pin: ['****', null],
    });
    expect(await seen('data', { fields: ['note'], mask: (value) => `${String(value)}!` })).toEqual({
      ...ADA.data,
      list: [{ iban: 'AT87654321', note: 'x!' }],
    });
    expect(JSON.stringify(ADA)).toBe(before);
  });

  test('is given who asks and where', async () => {
    const mask = vi.fn(() => 'x');
    await seen('email', mask, 'user');
    expect(mask).toHaveBeenCalledExactlyOnceWith(
      ADA.email,
      expect.objectContaining({ user: { roles: ['user'] }, parent: ADA, args: {} }),
    );
  });
});

describe('which mask counts', () => {
  test.each([
    ['that of the field', { 'User.email': 'null', '*.email': 'full', 'User.*': false }, null],
    [
      'that of the field of an interface',
      { 'Person.email': 'email', '*.email': 'full' },
      'a***@example.com',
    ],
    ['that of a name before that of a type', { '*.email': 'full', 'Person.*': false }, '***'],
    [
      'that of a type before that of everything',
      { 'Person.*': 'email', 'Query.*': false, '*': 'full', 'User.numbers': false },
      'a***@example.com',
    ],
  ])('%s', async (_, rules, left) => {
    const schema = build({
      rules: {
        'User.card': false,
        'User.friends': false,
        'User.numbers': false,
        ...rules,
      } as never,
    });
    expect((await see(schema, '{ me { email } }')).data).toEqual({ me: { email: left } });
  });

  test('none: then nothing is round the field', () => {
    const { wrapped } = fields()
      .use(dataMasking({ rules: { 'User.email': 'full', 'User.name': false } }))
      .wrap(schemaOf(TEXT, RESOLVERS));
    expect(wrapped).toEqual(['User.email']);
  });
});

describe('what goes wrong', () => {
  const bad = (): never => {
    throw new Error('secret: 4111111111111234');
  };

  test('M-148 a mask that throws gives null, or an error that tells nothing', async () => {
    const onFailure = vi.fn();
    const rules = { 'User.email': bad, 'User.card': bad, 'User.cards': bad, 'User.matrix': bad };
    const { data, codes } = await see(
      build({ rules, onFailure }),
      '{ me { email cards matrix } you: me { card } }',
    );
    expect(data).toEqual({
      me: { email: null, cards: [null, null, null], matrix: null },
      you: null,
    });
    expect(codes).toEqual(['MASKING_FAILED', 'MASKING_FAILED']);
    expect(onFailure).toHaveBeenCalledTimes(7);
    const { errors } = await ask(build({ rules, onFailure }), '{ me { card } }');
    expect(errors?.[0]?.message).toBe('User.card could not be masked.');
    expect(JSON.stringify(errors)).not.toContain('4111');
  });

  test('M-148 a mask that fails later gives null', async () => {
    const schema = build({
      rules: { 'User.email': () => Promise.reject(new Error('x')) },
      onFailure: () => {},
    });
    expect(await see(schema, '{ me { email } }')).toEqual({
      data: { me: { email: null } },
      codes: [],
    });
  });

  test('roles that cannot be found out are none', async () => {
    for (const namesOf of [bad, () => Promise.reject(new Error('x'))]) {
      const schema = build({
        rules: { 'User.email': 'full' },
        unless: ['admin'],
        namesOf,
        onFailure: () => {},
      });
      expect((await see(schema, '{ me { email } }', ['admin'])).data).toEqual({
        me: { email: '***' },
      });
    }
  });

  test('an error of the resolver is that of the field, and what it gives nothing for stays nothing', async () => {
    const trouble = { 'User.email': () => new Error('own'), 'User.name': () => undefined };
    const schema = build({ rules: { 'User.email': 'full', 'User.name': 'full' } }, trouble);
    expect(await see(schema, '{ me { email name } }')).toEqual({
      data: { me: { email: null, name: null } },
      codes: ['own'],
    });
  });

  test('an instance of a class with such a field is not given', async () => {
    class Account {
      iban = 'DE1';
    }
    const JSON_TYPE = new GraphQLScalarType({ name: 'Any', serialize: (value) => value });
    const plain = new GraphQLSchema({
      query: new GraphQLObjectType({
        name: 'Query',
        fields: { account: { type: JSON_TYPE, resolve: () => new Account() } },
      }),
    });
    const onFailure = vi.fn();
    const schema = fields()
      .use(dataMasking({ rules: { 'Query.account': { fields: ['iban'] } }, onFailure }))
      .apply(plain);
    expect((await see(schema, '{ account }')).data).toEqual({ account: null });
    expect(onFailure).toHaveBeenCalledTimes(1);
  });

  test('items that are promises are masked when they are there', async () => {
    const schema = build(
      { rules: { 'User.cards': 'partial' } },
      { 'User.cards': () => [Promise.resolve('11112222'), Promise.reject(new Error('gone'))] },
    );
    expect(await see(schema, '{ me { cards } }')).toEqual({
      data: { me: { cards: ['****2222', null] } },
      codes: ['gone'],
    });
  });

  test('a field stays synchronous', () => {
    const schema = build({ rules: { 'User.email': 'full' } });
    expect(ask(schema, '{ me { email } }')).toMatchObject({ data: { me: { email: '***' } } });
  });
});

describe('masks', () => {
  test.each([
    [email, 'j@x.org', '***@x.org'],
    [email, '😀smile@x.org', '😀***@x.org'],
    [email, '"a@b"@x.org', '"***@x.org'],
    [email, 'nobody', '***'],
    [email, '', '***'],
    [partial, '1234567', '****'],
    [partial, 12345678, '****5678'],
    [partial, '1234😀😀😀😀', '****😀😀😀😀'],
    [lastOnly(2), 'DE12', '****12'],
    [full, 5n, '***'],
    [full, {}, null],
    [partial, true, null],
  ])('%o of %o', (mask, value, left) => {
    expect(mask(value)).toBe(left);
  });

  test.each([0, 1.5, '2'])('lastOnly(%o) is refused', (shown) => {
    expect(() => lastOnly(shown as number)).toThrow(/`shown` to be a whole number, 1 or more/);
  });
});

describe('options', () => {
  test.each([
    [{}, /`rules` to be masks by field/],
    [{ rules: {} }, /`rules` to be masks by field/],
    [{ rules: { email: 'full' } }, /`rules` to be named/],
    [{ rules: { 'User.email': 'fulll' } }, /`rules.User.email` to be 'full'/],
    [{ rules: { 'User.email': true } }, /`rules.User.email` to be 'full'/],
    [{ rules: { 'User.email': { role: {} } } }, /Did you mean "roles"/],
    [{ rules: { 'User.email': { roles: 1 } } }, /`rules.User.email.roles` to be masks by role/],
    [{ rules: { 'User.email': { roles: { a: 1 } } } }, /`rules.User.email.roles.a`/],
    [{ rules: { 'User.data': { fields: [] } } }, /`fields` to be a list of one name/],
    [
      { rules: { 'User.data': { fields: ['a'], mask: 'x' } } },
      /`rules.User.data.mask` to be a mask/,
    ],
    [{ rules: { 'User.email': 'full' }, unless: 'admin' }, /`unless` to be a list of roles/],
    [{ rules: { 'User.email': 'full' }, onFailure: 1 }, /`onFailure` to be a function/],
    [{ rules: { 'User.email': 'full' }, fields: [] }, /Unknown option `fields`/],
  ])('%j is refused', (options, message) => {
    expect(() => dataMasking(options as never)).toThrow(message);
  });

  test.each([
    ['User.numbers', 'full', /the mask of User.numbers, which is a Int and never null,/],
    ['User.card', 'null', /the mask of User.card, which is never null,/],
    ['User.matrix', { mask: 'full', roles: { a: 'null' } }, /the mask of User.matrix/],
  ])('%s cannot have %j, and the schema is not built', (name, rule, message) => {
    expect(() => build({ rules: { [name]: rule } as never })).toThrow(message);
  });

  test('a rule for a field that there is not keeps the schema from being built', () => {
    expect(() => build({ rules: { 'User.emial': 'full' } })).toThrow(/Did you mean "email"/);
  });
});
