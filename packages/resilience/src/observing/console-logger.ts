/** consoleLogger: log entries as lines on the console, without secrets. */
import { checkNames, unexpected } from '@interpose/kernel/options';
import type { Logger } from '../logger.ts';
import { oneLine, redactedFields } from './redacted.ts';

/** How grave an entry is. */
export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'fatal';

const LEVELS: readonly LogLevel[] = ['debug', 'info', 'warn', 'error', 'fatal'];

/** Options of `consoleLogger`. */
export interface ConsoleLoggerOptions {
  /** The least grave entries that are written. @default 'info' */
  readonly level?: LogLevel;
  /** Takes a line. @default the method of the console for its level */
  readonly write?: (line: string, level: LogLevel) => void;
}

/**
 * Writes each entry as one line: its level, its message, its fields.
 *
 * @throws TypeError for options out of range
 */
export function consoleLogger(options: ConsoleLoggerOptions = {}): Required<Logger> {
  checkNames('consoleLogger()', options, ['level', 'write']);
  const { level: least = 'info', write = toConsole } = options;
  if (!LEVELS.includes(least)) throw unexpected('level', LEVELS.join(', '), least);
  if (typeof write !== 'function') throw unexpected('write', 'a function', write);
  const at =
    (level: LogLevel) =>
    (fields: object, message: string): void => {
      if (LEVELS.indexOf(level) < LEVELS.indexOf(least)) return;
      const told = JSON.stringify(redactedFields(fields));
      write(`${level} ${oneLine(message)}${told === '{}' ? '' : ` ${told}`}`, level);
    };
  return {
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    fatal: at('fatal'),
  };
}

/* oxlint-disable no-console -- the console is what this is for */
function toConsole(line: string, level: LogLevel): void {
  if (level === 'debug' || level === 'info' || level === 'warn') console[level](line);
  else console.error(line);
}
