/** Resource pool: a few connections serve many calls, each is given back whatever happens, and nobody uses one that is not theirs. */
import { pathToFileURL } from 'node:url';
import { type Awaitable, pipeline, type Runner } from '@interpose/kernel';
import { pooled, ResourcePool } from '@interpose/resilience/resources';

/** What is known of a call. */
export interface Call {
  readonly query: string;
  readonly signal?: AbortSignal;
}

/** A connection to a database. */
export interface Connection {
  readonly id: number;
  query(text: string): Promise<string>;
  close(): Promise<void>;
}

/** A pool of connections to the database of a shop. */
export function makePool(
  createDbConnection: () => Promise<Connection>,
  maxSize = 20,
): ResourcePool<Connection> {
  return new ResourcePool(createDbConnection, {
    name: 'shop',
    maxSize,
    destroy: (connection) => connection.close(),
  });
}

/** Answers queries, each with a connection of the pool. */
export function makeShop(pool: ResourcePool<Connection>): Runner<Call, Awaitable<string>> {
  return pipeline<Call, string>()
    .use(pooled(pool, { as: 'dbConnection' }))
    .handle(({ dbConnection, query }) => dbConnection.query(query));
}

/** Connections that say what becomes of them. */
export function makeConnector(print: (line: string) => void): () => Promise<Connection> {
  let id = 0;
  return async () => {
    const own = ++id;
    print(`  open ${own}`);
    return {
      id: own,
      async query(text) {
        if (text === 'nonsense') throw new Error(`connection ${own} does not understand "${text}"`);
        return `${text}, by connection ${own}`;
      },
      close: async () => print(`  close ${own}`),
    };
  };
}

/** Asks more at once than there are connections, and then closes the pool. */
export async function main(print: (line: string) => void = console.log): Promise<void> {
  const pool = makePool(makeConnector(print), 2);
  const shop = makeShop(pool);

  const queries = ['shoes', 'nonsense', 'hats', 'gloves', 'socks'];
  const answers = await Promise.allSettled(queries.map(async (query) => shop({ query })));
  for (const answer of answers) {
    print(answer.status === 'fulfilled' ? answer.value : `failed: ${String(answer.reason)}`);
  }

  let kept: { readonly dbConnection: Connection } | undefined;
  await pipeline<Call, string>()
    .use(pooled(pool, { as: 'dbConnection' }))
    .handle(async (ctx) => {
      kept = ctx;
      return 'done';
    })({ query: 'none' });
  try {
    await kept?.dbConnection.query('too late');
  } catch (error) {
    print(String(error));
  }

  const { size, available, inUse, waiting } = pool.state();
  print(`size ${size}, available ${available}, in use ${inUse}, waiting ${waiting}`);
  await pool.close();
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await main();
