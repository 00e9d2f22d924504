/** What limiters are given: one question written in three ways, what clients usually send, and bombs of fragments. */
import { buildSchema, type DocumentNode, type GraphQLSchema, parse } from 'graphql';

/** The schema that all documents are for. */
export const schema: GraphQLSchema = buildSchema(`
  type User { id: ID name: String email: String friends(first: Int): [User] posts(first: Int): [Post] }
  type Post { id: ID title: String author: User comments(first: Int): [Comment] }
  type Comment { id: ID text: String author: User }
  type Query { me: User users(first: Int): [User] }
`);

/** One question. Execution runs the same fields whichever way it is written. */
export const QUESTION: Readonly<
  Record<'inline' | 'through fragments' | 'each field twice', DocumentNode>
> = {
  inline: parse('{ me { id name friends { id posts { id title author { name } } } } }'),
  'through fragments': parse(`
    { me { ...A } }
    fragment A on User { id name friends { ...B } }
    fragment B on User { id posts { ...C } }
    fragment C on Post { id title author { ...D } }
    fragment D on User { name }
  `),
  'each field twice': parse(`
    { me { ...A ...B } }
    fragment A on User { id name friends { id posts { id title author { name } } } }
    fragment B on User { id name friends { id posts { id title author { name } } } }
  `),
};

/** About fifty fields without a fragment. */
const plain = `{ ${Array.from(
  { length: 5 },
  (_, at) =>
    `a${at}: me { id name friends(first: 2) { id name posts(first: 2) { id title author { id name } } } }`,
).join(' ')} }`;

/** Thirty components of a page, each with a fragment that spreads those of the components in it. */
const page = `{ me { ...P0 } } ${Array.from({ length: 30 }, (_, at) => {
  const inner = [2 * at + 1, 2 * at + 2].filter((one) => one < 30).map((one) => `...P${one}`);
  const fields = at % 2 ? 'posts(first: 1) { id title }' : 'id name email';
  return `fragment P${at} on User { id ${fields} ${inner.join(' ')} }`;
}).join(' ')}`;

/** Each fragment spreads the next one twice, so what it comes to doubles with each. */
function bomb(fragments: number): string {
  const parts = Array.from(
    { length: fragments },
    (_, at) => `fragment F${at} on User{a:friends{...F${at + 1}}b:friends{...F${at + 1}}}`,
  );
  return `{me{...F0}}${parts.join('')}fragment F${fragments} on User{id}`;
}

/** What is timed. */
export const DOCUMENTS: Readonly<Record<string, DocumentNode>> = {
  plain: parse(plain),
  'page of fragments': parse(page),
  'bomb of 11': parse(bomb(11)),
  'bomb of 21': parse(bomb(21)),
};
