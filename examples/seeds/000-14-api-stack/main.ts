/** The whole stack of a production API round one handler: sixteen middleware in their order, and a boundary round them. */
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import {
  after,
  answer,
  type Awaitable,
  type Clock,
  CodedError,
  createMiddleware,
  define,
  type HookResult,
  type Middleware,
  pipeline,
  type Runner,
} from '@interpose/kernel';
import { systemClock } from '@interpose/kernel/clock';
import { batch, cache, circuitBreaker, rateLimit } from '@interpose/resilience';
import { apiStack } from '@interpose/resilience/api-stack';
import { exceptionBoundary } from '@interpose/resilience/boundary';
import {
  authenticate,
  requireRole,
  sanitize,
  type StandardSchema,
  transaction,
  validate,
  ValidationError,
} from '@interpose/resilience/checks';
import {
  consoleLogger,
  type Logger,
  type MemoryTracer,
  memoryTracer,
  type MetricsRegistry,
  metricsRegistry,
  requestId,
} from '@interpose/resilience/observing';

/** What a request brings. */
export interface Call {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: unknown;
  /** Where it comes from. */
  readonly address: string;
}

/** What it gets. */
export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
}

/** Who calls. */
export interface User {
  readonly name: string;
  readonly roles: readonly string[];
}

/** What somebody orders. */
export interface Order {
  readonly item: string;
  readonly pieces: number;
}

/** There is not enough of it. The caller is told, and nothing is wrong. */
export class OutOfStockError extends CodedError {
  static override readonly code: string = 'OUT_OF_STOCK';
}

/** What the shop stands on. */
export interface Shop {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly meter: MetricsRegistry;
  readonly tracer: MemoryTracer;
  readonly stock: Map<string, number>;
  /** Asked for many prices at once. */
  readonly pricesOf: (items: readonly string[]) => Awaitable<readonly number[]>;
}

const json = (status: number, body: unknown): Reply => ({
  status,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
});

const USERS: ReadonlyMap<string, User> = new Map([
  ['Bearer t-ada', { name: 'Ada', roles: ['customer'] }],
  ['Bearer t-bob', { name: 'Bob', roles: ['visitor'] }],
]);

/** Lets pages of the shop read a reply. */
export function readableByShop({ headers }: Call, reply: Reply): Reply {
  if (headers['origin'] !== 'https://shop.example') return reply;
  const more = { 'access-control-allow-origin': 'https://shop.example', vary: 'origin' };
  return { ...reply, headers: { ...reply.headers, ...more } };
}

/** Lets pages of the shop read what it answers. What is thrown becomes a reply further out; the boundary sees to that. */
export const cors: Middleware<Call, Reply> = after<Call, Reply>((ctx, reply) =>
  answer(readableByShop(ctx, reply)),
);

const zip = promisify(gzip);

/** Compresses long replies for those who can read them. */
export const compression: Middleware<Call, Reply> = define(
  { name: 'compression' },
  async (ctx, next) => {
    const reply = await next(ctx);
    const wanted = /\bgzip\b/.test(ctx.headers['accept-encoding'] ?? '');
    if (!wanted || reply.body.length < 1000) return reply;
    const headers = { ...reply.headers, 'content-encoding': 'gzip' };
    return { ...reply, headers, body: await zip(reply.body) };
  },
);

/** Answers the errors of the domain. What it does not know goes on to the boundary. */
export const domainErrors: Middleware<Call, Reply> = createMiddleware({
  name: 'domainErrors',
  onError(_, error): HookResult<Reply> {
    if (OutOfStockError.is(error)) return answer(json(409, { error: error.message }));
  },
});

/** An order, where there is one. */
const orderSchema: StandardSchema<unknown, Order | undefined> = {
  '~standard': {
    version: 1,
    vendor: 'shop',
    validate(value) {
      if (value === undefined) return { value };
      const { item, pieces } = Object(value) as Partial<Order>;
      const issues = [
        ...(typeof item === 'string' ? [] : [{ message: 'must be a text', path: ['item'] }]),
        ...(Number.isInteger(pieces) ? [] : [{ message: 'must be whole', path: ['pieces'] }]),
      ];
      return issues.length > 0 ? { issues } : { value: { item, pieces } as Order };
    },
  },
};

/** The stock, as a database that can take back what was not committed. */
const stockTransaction = (stock: Map<string, number>) =>
  transaction({
    begin: () => new Map(stock),
    commit: (changed) => changed.forEach((pieces, item) => stock.set(item, pieces)),
    rollback: () => {},
  });

/** Sixteen middleware, and a boundary round them. The compiler knows what each needs and hands on. */
export function makeShop({
  clock,
  logger,
  meter,
  tracer,
  stock,
  pricesOf,
}: Shop): Runner<Call, Awaitable<Reply>> {
  let calls = 0;
  return apiStack(pipeline<Call, Reply>(), {
    name: 'shop',
    logger,
    meter,
    tracer,
    errorBoundary: exceptionBoundary<Call, Reply>({
      logger,
      toResult: ({ status, ...problem }, _, ctx) => readableByShop(ctx, json(status, problem)),
    }),
    requestId: requestId({ generate: () => `r-${++calls}` }),
    cors,
    rateLimit: rateLimit({ clock, limit: 8, perMs: 60_000, key: ({ address }: Call) => address }),
    auth: authenticate({
      verify: ({ headers }: Call) => USERS.get(headers['authorization'] ?? ''),
    }),
    permission: requireRole('customer'),
    compression,
    cache: cache<Call & { readonly user: User }, Reply>({
      // Without the user, one would be shown the pages of another.
      key: ({ method, path, user }) =>
        method === 'GET' && path === '/catalogue' ? `${user.name} ${path}` : undefined,
    }),
    batch: batch<Call, string, Reply>({
      key: ({ path }) => (path.startsWith('/prices/') ? 'prices' : undefined),
      item: ({ path }) => path.slice('/prices/'.length),
      async execute(items) {
        const prices = await pricesOf(items);
        return prices.map((price) => json(200, { price }));
      },
    }),
    errorHandler: domainErrors,
    // Who orders too much, or nonsense, must not close the shop for everybody.
    circuitBreaker: circuitBreaker({
      classify: (outcome) =>
        !outcome.ok && (OutOfStockError.is(outcome.error) || ValidationError.is(outcome.error))
          ? 'ignored'
          : undefined,
    }),
    validation: validate(orderSchema, { read: ({ body }: Call) => body }),
    sanitization: sanitize(),
    transaction: stockTransaction(stock),
  }).handle(async function shop({ path, input, user, transaction: goods }) {
    if (path === '/catalogue') return json(200, `${[...goods.keys()].join(', ')}. `.repeat(100));
    if (!input) throw new TypeError(`nobody has written ${path}`);
    const left = goods.get(input.item) ?? 0;
    goods.set(input.item, left - input.pieces);
    if (left < input.pieces) throw new OutOfStockError(`Only ${left} of ${input.item} left.`);
    return json(201, `${input.pieces} ${input.item} for ${user.name}`);
  });
}

/** Sends requests of every kind through it. */
export async function main(print: (line: string) => void = console.log): Promise<void> {
  const meter = metricsRegistry();
  const tracer = memoryTracer();
  const serve = makeShop({
    // It stands still, so that the limit is the same in every run.
    clock: { ...systemClock, now: () => 0 },
    meter,
    tracer,
    logger: consoleLogger({ level: 'error', write: (line) => print(`  ${line.split(' {')[0]}`) }),
    stock: new Map([
      ['tea', 10],
      ['milk', 1],
    ]),
    pricesOf(items) {
      print(`  prices asked for: ${items.join(' and ')}`);
      return items.map((item) => item.length);
    },
  });
  const names = serve.describe().map(({ name }) => name);
  print(`${names.length} in order: ${names.join(', ')}`);

  const ada = { authorization: 'Bearer t-ada', origin: 'https://shop.example' };
  const call = async (more: Partial<Call>): Promise<void> => {
    const asked: Call = { method: 'GET', path: '/orders', headers: ada, address: 'home', ...more };
    const { status, headers, body } = await serve(asked);
    const shown =
      typeof body === 'string' ? body : `${headers['content-encoding']}, ${typeof body}`;
    print(`${asked.method} ${asked.path}: ${status} ${shown}`);
  };
  const order = (body: unknown): Promise<void> => call({ method: 'POST', body });

  await order({ item: ' tea\u0000 ', pieces: 2 });
  await order({ item: 'milk', pieces: 5 });
  await order({ item: 5 });
  await call({ path: '/catalogue', headers: { ...ada, 'accept-encoding': 'gzip' } });
  await Promise.all([call({ path: '/prices/tea' }), call({ path: '/prices/milk' })]);
  await call({ path: '/nowhere' });
  await call({ headers: {}, address: 'elsewhere' });
  await call({ headers: { authorization: 'Bearer t-bob' }, address: 'elsewhere' });
  await order({ item: 'milk', pieces: 1 });
  await order({ item: 'tea', pieces: 1 });

  const requests = meter.read().filter(({ name }) => name === 'mware_requests_total');
  print(requests.map(({ labels, value }) => `${labels['status']}: ${value}`).join(', '));
  const failed = tracer.spans().filter(({ error }) => error);
  print(
    `${tracer.spans().length} spans, errors: ${failed.map(({ error }) => error?.type).join(', ')}`,
  );
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await main();
