/** A small shop: people, what they have ordered, and what a pound costs elsewhere. */
import { createSchema } from 'graphql-yoga';

const people = [
  { id: '1', name: 'Ada', email: 'ada@example.com', card: '4111111111111234' },
  { id: '2', name: 'Bob', email: 'bob@example.com', card: '5500000000005678' },
];
const orders = [
  { id: 'a', item: 'tea', buyerId: '1' },
  { id: 'b', item: 'milk', buyerId: '2' },
  { id: 'c', item: 'sugar', buyerId: '1' },
];
const tokens = new Map([
  ['ada-token', { ...people[0], roles: ['customer'] }],
  ['boss-token', { id: '9', name: 'Cy', roles: ['admin'] }],
]);

/** Who bears the token of a request; nobody without one. */
export function userOf(request) {
  const [, token = ''] = /^Bearer (.+)$/.exec(request.headers.get('authorization') ?? '') ?? [];
  return tokens.get(token);
}

/** People by their ids, all at once, as a database would give them: in an order of its own. */
export function peopleByIds(ids) {
  console.log(`loading people ${ids.join(', ')}`);
  return people.toReversed().filter(({ id }) => ids.includes(id));
}

let asked = 0;

/** What a pound costs. Whoever is asked does not answer every second time. */
function rateElsewhere() {
  asked++;
  if (asked % 2 === 1) throw new Error('rates-3.internal does not answer');
  return 1.17;
}

export const schema = createSchema({
  typeDefs: `
    directive @auth(requires: [String!]) on FIELD_DEFINITION

    type Query {
      "Whose token it is."
      me: Person @auth
      orders: [Order!]!
      "What a pound costs."
      rate: Float
    }
    type Order {
      id: ID!
      item: String!
      buyer: Person
    }
    type Person {
      id: ID!
      name: String!
      email: String
      card: String
      friends(first: Int = 10): [Person!]!
    }
  `,
  resolvers: {
    Query: {
      me: (_parent, _args, { user }) => user,
      orders: () => orders,
      rate: () => rateElsewhere(),
    },
    Order: {
      buyer: (order, _args, { load }) => load.people(order.buyerId),
    },
    Person: {
      friends: (person, { first }) => people.filter(({ id }) => id !== person.id).slice(0, first),
    },
  },
});
