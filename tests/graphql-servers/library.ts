/** A small schema, and what is mounted round it in every server. */
import { define } from '@interpose/kernel';
import {
  complexityLimit,
  depthLimit,
  type FieldMiddleware,
  fields,
  maskErrors,
  type ServerParts,
} from '@interpose/graphql';
import type { GraphQLSchema } from 'graphql';
import { schemaOf } from './schema-of.ts';

const TEXT = `
  type Author { name: String books(first: Int): [Book] email: String }
  type Book { title: String author: Author }
  type Query { books(first: Int): [Book] secret: String broken: String }
  type Mutation { rename(name: String!): String }
  type Subscription { ticks: Int }
`;
const ADA = { name: 'Ada', email: 'ada@example.org' };
const BOOKS = [{ title: 'Notes' }, { title: 'Sketch' }];

/** A library with two books. */
export const library = (): GraphQLSchema =>
  schemaOf(TEXT, {
    'Query.books': { resolve: async () => BOOKS },
    'Query.secret': { resolve: () => 'the key is under the mat' },
    'Query.broken': {
      resolve() {
        throw new Error('password is hunter2');
      },
    },
    'Book.author': { resolve: () => ADA },
    'Author.books': { resolve: () => BOOKS },
    'Mutation.rename': { resolve: (_: never, { name }: { name: string }) => name },
    'Subscription.ticks': {
      subscribe: async function* () {
        yield { ticks: 1 };
        yield { ticks: 2 };
      } as never,
    },
  });

/** What is mounted, and what it has written down. */
export interface Mounted {
  readonly parts: Required<ServerParts>;
  readonly seen: string[];
}

/** A note of every field, upper case for titles, nobody gets the secret; limits of depth and cost. */
export function mounted(): Mounted {
  const seen: string[] = [];
  const note: FieldMiddleware = (ctx, next) => {
    seen.push(`${ctx.info.parentType.name}.${ctx.info.fieldName}`);
    return next(ctx);
  };
  const shout: FieldMiddleware = (ctx, next) => String(next(ctx)).toUpperCase();
  const refuse: FieldMiddleware = () => null;
  const stack = fields()
    .use(define({ name: 'note' }, note))
    .on('Book.title', shout)
    .on('Query.secret', refuse);
  const limits = [depthLimit({ maxDepth: 4 }), complexityLimit({ maxComplexity: 500 })];
  const errors = maskErrors({
    onError: ({ error }) => seen.push(String(error)),
    newId: () => 'e1',
  });
  return { parts: { fields: stack, limits, errors }, seen };
}

/** One request and what every server must answer to it. */
export interface Exchange {
  readonly name: string;
  readonly query: string;
  readonly variables?: Readonly<Record<string, unknown>>;
  readonly data?: unknown;
  readonly code?: string;
}

/** What no answer may hold. */
export const INTERNAL = /hunter2|stack/;

const LISTED =
  'query Listed($n: Int) { books(first: $n) { author { books(first: $n) { title } } } }';

/** What every server is asked. */
export const EXCHANGES: readonly Exchange[] = [
  {
    name: 'middleware runs round resolvers and named fields',
    query: '{ books { title author { name } } secret }',
    data: {
      books: [
        { title: 'NOTES', author: { name: 'Ada' } },
        { title: 'SKETCH', author: { name: 'Ada' } },
      ],
      secret: null,
    },
  },
  {
    name: 'and round mutations',
    query: 'mutation { rename(name: "Eve") }',
    data: { rename: 'Eve' },
  },
  {
    name: 'what is too deep is refused by validation',
    query: '{ books { author { books { author { name } } } } }',
    code: 'DEPTH_LIMIT_EXCEEDED',
  },
  {
    name: 'what is too dear with these variables is refused before execution',
    query: LISTED,
    variables: { n: 100 },
    code: 'COMPLEXITY_LIMIT_EXCEEDED',
  },
  {
    name: 'what goes wrong inside is masked',
    query: '{ broken }',
    data: { broken: null },
    code: 'INTERNAL_SERVER_ERROR',
  },
  {
    name: 'and runs with others',
    query: LISTED,
    variables: { n: 2 },
    data: {
      books: [
        { author: { books: [{ title: 'NOTES' }, { title: 'SKETCH' }] } },
        { author: { books: [{ title: 'NOTES' }, { title: 'SKETCH' }] } },
      ],
    },
  },
];

/** An answer as it came over the wire. */
export interface Answer {
  readonly status: number;
  readonly data: unknown;
  readonly codes: readonly unknown[];
  readonly text: string;
}

/** Sends a request over HTTP. */
export async function post(url: string, { query, variables }: Exchange): Promise<Answer> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json' },
    body: JSON.stringify({ query, variables }),
  });
  const text = await response.text();
  const { data, errors = [] } = JSON.parse(text) as {
    data?: unknown;
    errors?: { extensions?: { code?: unknown } }[];
  };
  return {
    status: response.status,
    data,
    codes: errors.map((error) => error.extensions?.code),
    text,
  };
}
