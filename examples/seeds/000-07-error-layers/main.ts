/** Errors in three layers: each kind is answered by the layer that knows it, and nothing internal gets out. */
import { pathToFileURL } from 'node:url';
import {
  type Answer,
  answer,
  type Awaitable,
  CodedError,
  compose,
  createMiddleware,
  type HookResult,
  type Middleware,
  pipeline,
  type Runner,
  tap,
} from '@interpose/kernel';

/** What is known of a call. */
export interface Call {
  readonly order: string;
  readonly signal?: AbortSignal;
}

/** What a caller gets instead of a result. */
export interface Failure {
  readonly error: string;
  readonly message?: string;
  readonly details?: readonly string[];
}

/** What a caller gets. */
export type Reply = { readonly receipt: string } | Failure;

/** The input is wrong. */
export class ValidationError extends CodedError {
  static override readonly code: string = 'VALIDATION';
  readonly details: readonly string[];

  constructor(details: readonly string[]) {
    super(`Invalid input: ${details.join(' ')}`);
    this.details = details;
  }
}

/** The input is right, but what it asks for is not allowed. */
export class BusinessRuleError extends CodedError {
  static override readonly code: string = 'BUSINESS_RULE';
}

/** The database did not do what it should. */
export class DatabaseError extends CodedError {
  static override readonly code: string = 'DATABASE';
}

/** Something took too long. */
export class TimeoutError extends CodedError {
  static override readonly code: string = 'TIMEOUT';
}

/** Where failures are written down. */
export interface Logger {
  error(message: string): void;
  critical(message: string, error: unknown): void;
}

/** A service that collects errors. */
export interface ErrorTracker {
  captureException(error: unknown, about: { readonly context: unknown }): Awaitable<void>;
}

/** What the layers write to. */
export interface LayerOptions {
  readonly logger: Logger;
  /** @default none */
  readonly tracker?: ErrorTracker;
}

/** A hook answers with this in place of the error. */
const fail = (failure: Failure): Answer<Reply> => answer(failure);

/** Answers what the caller can put right. Every other error goes on outward. */
export const businessErrors: Middleware<Call, Reply> = createMiddleware({
  name: 'business-errors',
  onError(_, error): HookResult<Reply> {
    if (ValidationError.is(error)) {
      return fail({ error: 'validation_failed', details: error.details });
    }
    if (BusinessRuleError.is(error)) {
      return fail({ error: 'business_rule_violated', message: error.message });
    }
  },
});

/** Answers what the operator has to put right, and writes it down. */
export function systemErrors({ logger }: LayerOptions): Middleware<Call, Reply> {
  return createMiddleware({
    name: 'system-errors',
    onError(_, error): HookResult<Reply> {
      if (DatabaseError.is(error)) {
        logger.error(`Database error: ${error.message}`);
        return fail({ error: 'service_unavailable', message: 'Database unavailable' });
      }
      if (TimeoutError.is(error)) {
        logger.error(`Timeout: ${error.message}`);
        return fail({ error: 'timeout', message: 'Request timed out' });
      }
    },
  });
}

/** The caller has given up. That is no failure, and there is nobody left to answer. */
function gaveUp({ signal }: Call, error: unknown): boolean {
  if (!signal?.aborted) return false;
  return error === signal.reason || (error instanceof Error && error.name === 'AbortError');
}

/**
 * The last resort. It answers every error with the same words. The log, then the tracker look on from within, so that
 * neither can put its own failure in the place of the answer.
 */
export function criticalErrors({ logger, tracker }: LayerOptions): Middleware<Call, Reply> {
  const sorry: Failure = {
    error: 'internal_server_error',
    message: 'An unexpected error occurred',
  };
  return compose(
    createMiddleware<Call, Reply>({
      name: 'critical-errors',
      onError: (ctx, error) => (gaveUp(ctx, error) ? undefined : fail(sorry)),
    }),
    tap<Call, Reply>({
      name: 'error-tracker',
      onError: (ctx, error) =>
        gaveUp(ctx, error) ? undefined : tracker?.captureException(error, { context: ctx }),
    }),
    tap<Call, Reply>({
      name: 'error-log',
      onError(ctx, error) {
        if (!gaveUp(ctx, error)) logger.critical(`Unhandled error: ${String(error)}`, error);
      },
    }),
  );
}

/** All three, the last resort outermost. */
export function errorLayers(options: LayerOptions): Middleware<Call, Reply> {
  return compose(criticalErrors(options), systemErrors(options), businessErrors);
}

/** Takes orders. Whatever goes wrong inside, the caller gets a reply. */
export function makeOrderDesk(
  place: (order: string) => Promise<string>,
  options: LayerOptions,
): Runner<Call, Awaitable<Reply>> {
  return pipeline<Call, Reply>()
    .use(errorLayers(options))
    .handle(async (ctx) => ({ receipt: await place(ctx.order) }));
}

/** Places orders that go wrong in every way there is, and one that does not. */
export async function main(print: (line: string) => void = console.log): Promise<void> {
  const faults = new Map<string, Error>([
    ['nothing', new ValidationError(['An order needs a name.'])],
    ['gin', new BusinessRuleError('No gin before noon.')],
    ['wine', new DatabaseError('connection to db-3 refused')],
    ['beer', new TimeoutError('cellar, 5000 ms')],
    ['milk', new TypeError('cow is not a function')],
  ]);
  const place = async (order: string): Promise<string> => {
    const fault = faults.get(order);
    if (fault) throw fault;
    return `one ${order}`;
  };
  const desk = makeOrderDesk(place, {
    logger: {
      error: (message) => print(`  error: ${message}`),
      critical: (message) => print(`  critical: ${message}`),
    },
    tracker: {
      captureException: (error) => print(`  tracked: ${(error as Error).name}`),
    },
  });

  for (const order of ['tea', ...faults.keys()]) {
    print(`${order}: ${JSON.stringify(await desk({ order }))}`);
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await main();
