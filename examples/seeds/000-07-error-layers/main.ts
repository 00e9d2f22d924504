/** Errors in three layers: each kind is answered by the layer that knows it, and nothing internal gets out. */
import { pathToFileURL } from 'node:url';
import { type Awaitable, CodedError, pipeline, type Runner } from '@interpose/kernel';
import { TimeoutError } from '@interpose/resilience';
import {
  answerTo,
  BusinessRuleError,
  DatabaseError,
  errorLayers,
  type ErrorTracker,
  type LayerFailure,
  ValidationError,
} from '@interpose/resilience/boundary';

/** What is known of a call. */
export interface Call {
  readonly order: string;
  readonly signal?: AbortSignal;
}

/** What a caller gets. */
export type Reply = { readonly receipt: string } | LayerFailure;

/** There is none left: an error of this shop alone, which the business layer is told to answer. */
export class SoldOutError extends CodedError {
  static override readonly code: string = 'SOLD_OUT';
}

/** Where failures are written down. A pino logger fits. */
export interface Log {
  error(fields: object, message: string): void;
  fatal(fields: object, message: string): void;
}

/** Takes orders. Whatever goes wrong inside, the caller gets a reply. */
export function makeOrderDesk(
  place: (order: string) => Promise<string>,
  logger: Log,
  tracker?: ErrorTracker,
): Runner<Call, Awaitable<Reply>> {
  const soldOut = answerTo(SoldOutError, ({ message }) => ({ error: 'sold_out', message }));
  return pipeline<Call, Reply>()
    .use(errorLayers({ logger, business: [soldOut], ...(tracker && { tracker }) }))
    .handle(async (ctx) => ({ receipt: await place(ctx.order) }));
}

/** Places orders that go wrong in every way there is, and one that does not. */
export async function main(print: (line: string) => void = console.log): Promise<void> {
  const faults = new Map<string, Error>([
    ['nothing', new ValidationError('An order needs a name.', { field: 'order', value: '' })],
    ['gin', new BusinessRuleError('No gin before noon.')],
    ['rum', new SoldOutError('Rum again on Monday.')],
    ['wine', new DatabaseError('connection to db-3 refused, password=corkscrew')],
    ['beer', new TimeoutError('cellar', 5000, 5003)],
    ['milk', new TypeError('cow is not a function')],
  ]);
  const place = async (order: string): Promise<string> => {
    const fault = faults.get(order);
    if (fault) throw fault;
    return `one ${order}`;
  };
  const desk = makeOrderDesk(
    place,
    {
      error: (_, message) => print(`  error: ${message}`),
      fatal: (_, message) => print(`  fatal: ${message}`),
    },
    { captureException: (error) => print(`  tracked: ${(error as Error).name}`) },
  );

  for (const order of ['tea', ...faults.keys()]) {
    print(`${order}: ${JSON.stringify(await desk({ order }))}`);
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await main();
