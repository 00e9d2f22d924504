/** A GraphQL server with the whole stack round its resolvers; `node examples/graphql/server.mjs` starts it and says what to try. */
import { createServer } from 'node:http';
import {
  complexityLimit,
  dataLoader,
  dataMasking,
  depthLimit,
  fieldAuth,
  fields,
  graphqlStack,
  inOrder,
  timingExtension,
  useInterpose,
} from '@interpose/graphql';
import { retry, timeout } from '@interpose/resilience';
import { metricsRegistry, PROMETHEUS_TYPE } from '@interpose/resilience/observing';
import { createYoga } from 'graphql-yoga';
import { peopleByIds, schema, userOf } from './schema.mjs';

const meter = metricsRegistry();
const { fields: stack, limits } = graphqlStack(fields(), {
  dataLoader: dataLoader({
    loaders: { people: (ids) => inOrder(ids, peopleByIds(ids), ({ id }) => id) },
  }),
  depthLimit: depthLimit({ maxDepth: 7 }),
  complexityLimit: complexityLimit({ maxComplexity: 1000 }),
  // Besides, there is an @auth in the schema.
  fieldAuth: fieldAuth({
    rules: { 'Person.card': ['admin', (user, person) => user?.id === person.id] },
  }),
  dataMasking: dataMasking({
    rules: { 'Person.email': 'email', 'Person.card': 'partial' },
    unless: ['admin'],
  }),
  meter,
});

const yoga = createYoga({
  schema,
  context: ({ request }) => ({ user: userOf(request) }),
  logging: false,
  plugins: [
    useInterpose({
      // Policies that fit any call, round a resolver.
      fields: stack
        .on('Query.rate', timeout({ timeoutMs: 2000 }))
        .on('Query.rate', retry({ maxAttempts: 3, backoff: { kind: 'constant', baseMs: 50 } })),
      limits,
    }),
    timingExtension({ when: ({ user }) => user?.roles.includes('admin') === true }),
  ],
});

const server = createServer((request, response) => {
  if (request.url !== '/metrics') {
    void yoga(request, response);
    return;
  }
  response.writeHead(200, { 'content-type': PROMETHEUS_TYPE }).end(meter.prometheus());
});
server.on('error', ({ message }) => {
  console.error(`The example cannot start: ${message}. PORT=4100 takes another port.`);
  process.exitCode = 1;
});
server.listen(Number(process.env.PORT || 4000), '127.0.0.1', () => {
  console.error(whatToTry(`http://127.0.0.1:${server.address().port}`));
});
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, () => {
    server.close();
    server.closeAllConnections();
  });
}

/** Lines for the shell, each with what it gives. */
function whatToTry(url) {
  const ask = (query, token) =>
    `curl -s ${url}/graphql -H 'Content-Type: application/json' ${token ? `-H 'Authorization: Bearer ${token}' ` : ''}-d '${JSON.stringify({ query })}'`;
  const deep = `{ me { ${'friends(first: 1) { '.repeat(6)}name${' }'.repeat(6)} } }`;
  const dear = '{ orders { buyer { friends(first: 100) { friends(first: 100) { name } } } } }';
  return `GraphQL on ${url}/graphql. Try, in another shell:

  ${ask('{ orders { item buyer { name email } } }')}

    Three orders, and their buyers loaded at once: "loading people 1, 2" is what the server says. Addresses are masked.

  ${ask('{ me { name email card } }', 'ada-token')}

    Ada sees the end of her own card. Without the token: UNAUTHENTICATED.

  ${ask('{ orders { buyer { name card } } }', 'ada-token')}

    Of others she does not see it: FORBIDDEN for each that is not hers.

  ${ask('{ orders { buyer { email card } } }', 'boss-token')}

    Whoever is admin sees everything as it is, and how long the fields took.

  ${ask(deep, 'ada-token')}

    DEPTH_LIMIT_EXCEEDED: 8 deep, and 7 is allowed.

  ${ask(dear)}

    COMPLEXITY_LIMIT_EXCEEDED: friends of friends by the hundred.

  ${ask('{ rate }')}

    1.17, though whoever is asked does not answer every second time: it is tried again.

  curl -s ${url}/metrics

    Calls, errors and times of each resolver, for Prometheus.

Ctrl-C stops it.
`;
}
