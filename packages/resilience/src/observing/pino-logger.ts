/** pinoLogger: a pino logger that is never given a secret. */
import { unexpected } from '@interpose/kernel/options';
import type { Logger } from '../logger.ts';
import { redactedFields } from './redacted.ts';

/** What is needed of a pino logger; those of bunyan's kind have it as well. */
export interface PinoLike {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
  fatal(fields: object, message: string): void;
}

const METHODS = ['debug', 'info', 'warn', 'error', 'fatal'] as const;

/**
 * A pino logger is a `Logger` as it is. Through this, fields that are secret by their name are hidden at every depth before pino sees them,
 * and errors come as plain fields.
 *
 * @throws TypeError for what is no pino logger
 * @example
 * const logger = pinoLogger(pino());
 */
export function pinoLogger(pino: PinoLike): Required<Logger> {
  for (const method of METHODS) {
    if (typeof (pino as Partial<PinoLike> | undefined)?.[method] !== 'function') {
      throw unexpected('pino', `a logger with ${method}()`, pino);
    }
  }
  const at =
    (method: (typeof METHODS)[number]) =>
    (fields: object, message: string): void =>
      pino[method](redactedFields(fields), message);
  return {
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    fatal: at('fatal'),
  };
}
