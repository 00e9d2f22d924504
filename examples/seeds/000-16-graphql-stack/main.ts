/** A resolver with the whole stack round it: loaders, limits, authorisation, masking, times and metrics. */
import { pathToFileURL } from 'node:url';
import {
  dataLoader,
  dataMasking,
  depthLimit,
  complexityLimit,
  fieldAuth,
  fields,
  fieldTiming,
  type GraphqlStack,
  graphqlStack,
  inOrder,
  type Load,
  type LoadContext,
} from '@interpose/graphql';
import type { Clock } from '@interpose/kernel';
import { systemClock } from '@interpose/kernel/clock';
import { type MetricsRegistry, metricsRegistry } from '@interpose/resilience/observing';
import {
  buildSchema,
  execute,
  type ExecutionResult,
  type GraphQLObjectType,
  type GraphQLResolveInfo,
  type GraphQLSchema,
  parse,
  specifiedRules,
  validate,
} from 'graphql';

/** Somebody. */
export interface User {
  readonly id: string;
  readonly name: string;
  readonly email: string;
  readonly salary: number;
  readonly managerId?: string;
}

/** What a server makes for an operation. */
export interface Context {
  readonly user?: { readonly id: string; readonly roles: readonly string[] };
}

/** What the directory stands on. */
export interface Directory {
  /** Asked for many people at once; it has them in an order of its own. */
  readonly fetchUsers: (ids: readonly string[]) => Promise<readonly User[]>;
  readonly clock: Clock;
  readonly meter: MetricsRegistry;
  /** Told of each call that has ended. */
  readonly timed: (coordinate: string) => void;
}

const TEXT = `
  type Query { user(id: ID!): User  users(ids: [ID!]!): [User] }
  type User { id: ID!  name: String!  email: String  salary: Int  manager: User }
`;

/** The context as resolvers get it. */
type Loaded = Context & { readonly load: { readonly users: Load<string, User | null> } };

/** The resolver: the same four parameters as without the stack. */
export function userResolver(
  _parent: unknown,
  { id }: { readonly id: string },
  { load }: Loaded,
  _info: GraphQLResolveInfo,
): Promise<User | null> {
  return load.users(id);
}

/** The schema as it would be without the stack. */
export function plainSchema(): GraphQLSchema {
  const schema = buildSchema(TEXT);
  const fieldsOf = (name: string) => (schema.getType(name) as GraphQLObjectType).getFields();
  Object.assign(fieldsOf('Query')['user'] ?? {}, { resolve: userResolver });
  Object.assign(fieldsOf('Query')['users'] ?? {}, {
    resolve: (_: unknown, { ids }: { ids: string[] }, { load }: Loaded) => load.users.many(ids),
  });
  Object.assign(fieldsOf('User')['manager'] ?? {}, {
    resolve: ({ managerId }: User, _: unknown, { load }: Loaded) =>
      managerId === undefined ? null : load.users(managerId),
  });
  return schema;
}

/** The seven, each in its place. */
export function makeStack({
  fetchUsers,
  clock,
  meter,
  timed,
}: Directory): GraphqlStack<Context, Context & Loaded> {
  return graphqlStack(fields<Context>(), {
    dataLoader: dataLoader({
      loaders: {
        users: async (ids: readonly string[], _: LoadContext<Context>) =>
          inOrder(ids, await fetchUsers(ids), (user) => user.id),
      },
    }),
    depthLimit: depthLimit({ maxDepth: 7 }),
    complexityLimit: complexityLimit({ maxComplexity: 1000 }),
    fieldAuth: fieldAuth<Context>({
      denied: 'null',
      rules: {
        'User.salary': ['hr', (user: Context['user'], person: User) => user?.id === person.id],
      },
    }),
    dataMasking: dataMasking({ rules: { 'User.email': 'email' }, unless: ['hr'] }),
    fieldTiming: fieldTiming({ clock, record: ({ coordinate }) => timed(coordinate) }),
    meter,
  });
}

/** A server in three lines: parse, validate, execute. */
export function makeServer(
  stack: GraphqlStack<Context, unknown>,
): (query: string, contextValue: Context) => Promise<ExecutionResult> {
  const schema = stack.fields.apply(plainSchema());
  return async (query, contextValue) => {
    const document = parse(query);
    const errors = validate(schema, document, [...specifiedRules, ...stack.limits]);
    return errors.length > 0 ? { errors } : execute({ schema, document, contextValue });
  };
}

/** Asks for the same things as three kinds of people, and for too much. */
export async function main(print: (line: string) => void = console.log): Promise<void> {
  const people: readonly User[] = [
    { id: '3', name: 'Cy', email: 'cy@example.com', salary: 90 },
    { id: '2', name: 'Bob', email: 'bob@example.com', salary: 70, managerId: '3' },
    { id: '1', name: 'Ada', email: 'ada@example.com', salary: 80, managerId: '3' },
  ];
  const meter = metricsRegistry();
  const times: string[] = [];
  const stack = makeStack({
    clock: systemClock,
    meter,
    timed: (coordinate) => times.push(coordinate),
    async fetchUsers(ids) {
      print(`  fetched ${ids.join(', ')}`);
      return people.filter(({ id }) => ids.includes(id));
    },
  });
  const ask = makeServer(stack);
  print(stack.fields.wrap(plainSchema()).explain('User.salary'));

  const query = '{ users(ids: ["1", "2"]) { name email salary manager { name } } }';
  for (const [who, user] of [
    ['nobody', undefined],
    ['Ada', { id: '1', roles: [] }],
    ['HR', { id: '9', roles: ['hr'] }],
  ] as const) {
    print(`${who}:`);
    const { data } = await ask(query, user ? { user } : {});
    for (const one of (data?.['users'] ?? []) as readonly User[]) print(`  ${JSON.stringify(one)}`);
  }

  const levels = (depth: number): string =>
    `{ user(id: "1") { ${'manager { '.repeat(depth - 2)}name ${'} '.repeat(depth - 2)}} }`;
  const dear = Array.from({ length: 501 }, (_, at) => `u${at}: user(id: "${at}") { name }`);
  for (const asked of [levels(7), levels(8), `{ ${dear.join(' ')} }`]) {
    const { errors } = await ask(asked, {});
    print(errors?.[0] ? errors[0].message : 'seven levels are allowed');
  }
  const calls = meter.read().filter(({ name, value }) => name.endsWith('calls_total') && value > 0);
  for (const { labels, value } of calls) {
    print(`${labels['type']}.${labels['field']} ${labels['status']}: ${value}`);
  }
  print(`${times.length} calls timed`);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await main();
