/** A copied schema is the same schema with other resolvers; the original is untouched. */
import { describe, expect, test } from 'vitest';
import {
  getNamedType,
  GraphQLEnumType,
  GraphQLInt,
  GraphQLList,
  GraphQLNonNull,
  GraphQLObjectType,
  type GraphQLInterfaceType,
  GraphQLScalarType,
  GraphQLSchema,
  GraphQLString,
  GraphQLUnionType,
  lexicographicSortSchema,
  printSchema,
  validateSchema,
} from 'graphql';
import { ask, dataOf, schemaOf } from '../../test-kit/schema-of.ts';
import { fields } from '../fields.ts';
import { copySchema } from './schema-copy.ts';

const TEXT = `
  schema @contact(by: "ada") { query: Root mutation: Write subscription: Sub }
  directive @contact(by: String) on SCHEMA
  directive @tag(names: [String!] = ["x"]) repeatable on FIELD_DEFINITION | OBJECT
  scalar Day @specifiedBy(url: "https://example.org/day")
  enum Color { RED GREEN @deprecated(reason: "no") }
  input Filter @oneOf { color: Color day: Day }
  "what has an id" interface Node { id: ID! }
  interface Named implements Node { id: ID! name(short: Boolean = true): String }
  type User implements Named & Node @tag { id: ID! name(short: Boolean = true): String friends: [[User!]!]! @tag best: Either color: Color }
  type Robot implements Node { id: ID! model: String @deprecated(reason: "none left") }
  type Orphan implements Node { id: ID! }
  union Either = User | Robot
  type Root { node(id: ID = "1", filter: Filter): Node either: Either color: Color day: Day constructor: Int toString: Int }
  type Write { paint(color: Color!): Color }
  type Sub { ticks: Int }
  extend type Robot { maker: User }
`;

const same = (schema: GraphQLSchema) => copySchema(schema, () => undefined);

describe('copySchema', () => {
  test('prints the same, is valid, and knows every type under the same name', () => {
    const schema = schemaOf(TEXT);
    const copy = same(schema);
    expect(printSchema(lexicographicSortSchema(copy))).toBe(
      printSchema(lexicographicSortSchema(schema)),
    );
    expect(validateSchema(copy)).toEqual([]);
    expect(Object.keys(copy.getTypeMap())).toEqual(Object.keys(schema.getTypeMap()));
    expect(copy.astNode).toBe(schema.astNode);
    expect(copy.getDirectives()).toEqual(schema.getDirectives());
    const [robot, old] = [copy, schema].map((one) => one.getType('Robot') as GraphQLObjectType);
    expect(robot?.extensionASTNodes).toEqual(old?.extensionASTNodes);
    expect(robot?.getFields()['model']?.deprecationReason).toBe('none left');
    expect(robot?.getFields()['model']?.astNode).toBe(old?.getFields()['model']?.astNode);
  });

  test('shares what has no resolvers, and makes anew what leads to some', () => {
    const schema = schemaOf(TEXT);
    const copy = same(schema);
    for (const name of ['Day', 'Color', 'Filter', 'String', '__Schema']) {
      expect(copy.getType(name), name).toBe(schema.getType(name));
    }
    for (const name of ['Root', 'User', 'Node', 'Named', 'Either', 'Orphan']) {
      expect(copy.getType(name), name).not.toBe(schema.getType(name));
    }
    const [user, node, either] = ['User', 'Node', 'Either'].map((name) => copy.getType(name));
    const friends = (user as GraphQLObjectType).getFields()['friends']?.type;
    expect(String(friends)).toBe('[[User!]!]!');
    expect(getNamedType(friends)).toBe(user);
    expect(copy.getPossibleTypes(node as GraphQLInterfaceType)).toContain(copy.getType('Orphan'));
    expect((either as GraphQLUnionType).getTypes()[0]).toBe(user);
  });

  test('the original is not touched', () => {
    const resolve = () => 1;
    const schema = schemaOf('type Query { one: Int two: Int }', { 'Query.one': resolve });
    const before = schema.getQueryType()?.getFields();
    fields()
      .use((ctx, next) => next(ctx), { defaults: true })
      .apply(schema);
    expect(schema.getQueryType()?.getFields()).toBe(before);
    expect(before?.['one']?.resolve).toBe(resolve);
    expect(before?.['two']?.resolve).toBeUndefined();
  });

  test('keeps what is written in code: values of enums, scalars, extensions, isTypeOf and resolveType', () => {
    class Cat {}
    const color = new GraphQLEnumType({ name: 'Color', values: { RED: { value: 0xff0000 } } });
    const day = new GraphQLScalarType({
      name: 'Day',
      serialize: (value) => `day ${String(value)}`,
    });
    const cat = new GraphQLObjectType({
      name: 'Cat',
      isTypeOf: (value) => value instanceof Cat,
      extensions: { tame: true },
      fields: { color: { type: color, extensions: { cost: 3 }, resolve: () => 0xff0000 } },
    });
    const dog: GraphQLObjectType = new GraphQLObjectType({
      name: 'Dog',
      fields: () => ({
        day: { type: day, args: { n: { type: GraphQLInt, extensions: { deep: 1 } } } },
        self: { type: dog },
      }),
    });
    const pet = new GraphQLUnionType({
      name: 'Pet',
      types: [cat, dog],
      resolveType: (value) => (value instanceof Cat ? 'Cat' : 'Dog'),
    });
    const query = new GraphQLObjectType({
      name: 'Query',
      fields: {
        pets: {
          type: new GraphQLNonNull(new GraphQLList(pet)),
          resolve: () => [new Cat(), { day: 7 }],
        },
        name: { type: GraphQLString, resolve: () => 'x' },
      },
    });
    const schema = new GraphQLSchema({ query, extensions: { owner: 'ada' } });
    const copy = fields()
      .use((ctx, next) => next(ctx), { defaults: true })
      .apply(schema);
    expect(
      dataOf(
        ask(copy, '{ pets { __typename ... on Cat { color } ... on Dog { day } } name }') as never,
      ),
    ).toEqual({
      pets: [
        { __typename: 'Cat', color: 'RED' },
        { __typename: 'Dog', day: 'day 7' },
      ],
      name: 'x',
    });
    expect(copy.extensions).toEqual(schema.extensions);
    expect((copy.getType('Cat') as GraphQLObjectType).extensions).toEqual(cat.extensions);
    expect((copy.getType('Cat') as GraphQLObjectType).getFields()['color']?.extensions).toEqual({
      cost: 3,
    });
    expect(
      (copy.getType('Dog') as GraphQLObjectType).getFields()['day']?.args[0]?.extensions,
    ).toEqual({ deep: 1 });
  });

  test('a schema that is taken for valid stays so', () => {
    const invalid = new GraphQLSchema({ assumeValid: true });
    expect(validateSchema(same(invalid))).toEqual([]);
    expect(validateSchema(same(new GraphQLSchema({})))).not.toEqual([]);
  });

  test('ten thousand fields take no deep recursion', () => {
    const types = Array.from(
      { length: 2000 },
      (_, n) => `type T${n} { next: T${n + 1} a: Int b: Int c: Int d: Int }`,
    );
    const schema = schemaOf(`${types.join(' ')} type T2000 { end: Int } type Query { first: T0 }`);
    const { wrapped } = fields()
      .use((ctx, next) => next(ctx), { defaults: true })
      .wrap(schema);
    expect(wrapped).toHaveLength(10_002);
  });
});
