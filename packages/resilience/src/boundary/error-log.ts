/** Writes errors down: without secrets, and without harm to the call if the log itself fails. */
import { unexpected } from '@interpose/kernel/options';
import { unharmed } from '@interpose/kernel/unharmed';
import type { Logger } from '../logger.ts';
import { errorFacts } from './error-facts.ts';

/** What is needed of a logger to write down errors. */
export type ErrorLog = Pick<Logger, 'error' | 'fatal'>;

/** Where errors go when nobody has said where: they must not vanish. */
export const CONSOLE: ErrorLog = {
  error(fields, message) {
    // oxlint-disable-next-line no-console -- the last resort: nobody has asked for it
    console.error(message, fields);
  },
};

/** Writes one error down. */
export function logError(
  log: ErrorLog,
  error: unknown,
  { message, level = 'error', ...more }: LogEntry,
): void {
  unharmed(() => {
    const fields = { err: errorFacts(error), ...more };
    return level === 'fatal' && log.fatal ? log.fatal(fields, message) : log.error(fields, message);
  });
}

/** What is written beside the error itself. */
export interface LogEntry {
  readonly message: string;
  /** @default 'error' */
  readonly level?: 'error' | 'fatal';
  readonly [field: string]: unknown;
}

/** Checks that an option is an object with a method. @throws TypeError */
export function checkMethod(name: string, value: unknown, method: string): void {
  if (typeof (value as Record<string, unknown> | null)?.[method] !== 'function') {
    throw unexpected(name, `an object with \`${method}()\``, value);
  }
}
