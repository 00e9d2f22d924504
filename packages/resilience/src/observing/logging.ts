/** logging: says what is called and how it ends. */
import { type ContextPolicy, tap } from '@interpose/kernel';
import { checkNames, unexpected } from '@interpose/kernel/options';
import { errorFacts } from '../boundary/error-facts.ts';
import type { Logger } from '../logger.ts';
import { checkFunction } from '../policy.ts';
import { consoleLogger } from './console-logger.ts';
import { nameOf } from './name-of.ts';
import { errorWord, redactedFields } from './redacted.ts';

/** Options of `logging`. */
export interface LoggingOptions<C> {
  /** Where entries go. @default `logger` on the context, else the console */
  readonly logger?: Logger;
  /** What the handler is called. @default `funcName` on the context, else `unknown` */
  readonly name?: string;
  /** More fields for each entry; whatever is secret by its name is hidden. @default none */
  readonly fields?: (ctx: C) => object;
  /** Is given what a logger throws. @default writes to the console */
  readonly onFailure?: (error: unknown) => void;
}

/**
 * Writes an entry when the rest starts and one when it has ended. It looks on only: a log that fails stops nobody.
 *
 * @throws TypeError for options out of range
 * @example
 * pipeline<Http, Reply>().use(requestId()).use(logging({ logger: pinoLogger(pino()) }));
 */
export function logging<C = object>(options: LoggingOptions<C> = {}): ContextPolicy<C> {
  checkNames('logging()', options, ['logger', 'name', 'fields', 'onFailure']);
  const { logger, name, fields, onFailure } = options;
  if (logger !== undefined && !isLogger(logger)) throw unexpected('logger', 'a logger', logger);
  if (name !== undefined && typeof name !== 'string') throw unexpected('name', 'a name', name);
  checkFunction('fields', fields);
  checkFunction('onFailure', onFailure);
  const fallback = consoleLogger();
  const loggerOf = (ctx: C): Logger => {
    const own = (ctx as { readonly logger?: unknown } | undefined)?.logger;
    return logger ?? (isLogger(own) ? own : fallback);
  };
  const fieldsOf = (ctx: C): Record<string, unknown> => {
    const { requestId } = (ctx ?? {}) as { readonly requestId?: unknown };
    return {
      handler: nameOf(ctx, name),
      ...(typeof requestId === 'string' && { requestId }),
      ...(fields && redactedFields(fields(ctx))),
    };
  };
  return tap<C, never>(
    {
      name: 'logging',
      description: 'Says what is called and how it ends.',
      before: (ctx) => loggerOf(ctx).info(fieldsOf(ctx), `Starting handler: ${nameOf(ctx, name)}`),
      after: (ctx) =>
        loggerOf(ctx).info(fieldsOf(ctx), `Handler ${nameOf(ctx, name)} completed successfully`),
      onError: (ctx, error) =>
        loggerOf(ctx).error(
          { ...fieldsOf(ctx), error: errorFacts(error) },
          `Handler ${nameOf(ctx, name)} failed: ${errorWord(error)}`,
        ),
    },
    onFailure ? { onFailure } : {},
  ) as never;
}

function isLogger(value: unknown): value is Logger {
  const logger = value as Partial<Logger> | null | undefined;
  return typeof logger?.info === 'function' && typeof logger.error === 'function';
}
