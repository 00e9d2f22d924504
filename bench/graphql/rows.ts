/** The schema and the query that every contender runs: 2,000 rows of five fields, all of them synchronous. */
import {
  buildSchema,
  execute,
  type ExecutionResult,
  type GraphQLFieldResolver,
  type GraphQLSchema,
  isObjectType,
  parse,
} from 'graphql';

const ROWS = Array.from({ length: 2000 }, (_, n) => ({
  id: `${n}`,
  name: `row ${n}`,
  size: n,
  open: n % 2 === 0,
}));
const TEXT = `
  type Row { id: ID! name: String size: Int open: Boolean label: String }
  type Query { rows: [Row!]! }
`;

/** What has resolvers of its own: the list, and one field of each row. */
export const resolvers: Readonly<
  Record<string, Record<string, GraphQLFieldResolver<never, never>>>
> = {
  Query: { rows: () => ROWS },
  Row: { label: ((row: { name: string; size: number }) => `${row.name} of ${row.size}`) as never },
};

/** A schema of its own for each contender. */
export function createSchema(): GraphQLSchema {
  const schema = buildSchema(TEXT, { assumeValid: true });
  for (const [typeName, fields] of Object.entries(resolvers)) {
    const type = schema.getType(typeName);
    if (!isObjectType(type)) throw new Error(`There is no ${typeName}.`);
    for (const [name, resolve] of Object.entries(fields)) {
      Object.assign(type.getFields()[name] ?? {}, { resolve });
    }
  }
  return schema;
}

/** What is asked. */
export const DOCUMENT = parse('{ rows { id name size open label } }');

/** Runs the query on a schema. */
export function runOn(schema: GraphQLSchema): (contextValue: unknown) => unknown {
  return (contextValue) => execute({ schema, document: DOCUMENT, contextValue });
}

/** What a call must come to: how many rows, and the last of them. */
export function answerOf(result: unknown): unknown {
  const { data, errors } = result as ExecutionResult;
  const rows = (data?.['rows'] ?? []) as readonly object[];
  return { errors: errors?.length ?? 0, rows: rows.length, last: { ...rows.at(-1) } };
}

/** The answer. */
export const ANSWER = {
  errors: 0,
  rows: 2000,
  last: { id: '1999', name: 'row 1999', size: 1999, open: false, label: 'row 1999 of 1999' },
};
