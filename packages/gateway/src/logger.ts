/** Where the gateway writes what happened: a port with three levels, and lines of JSON as its usual form. */
import type { Clock } from '@interpose/kernel';
import { systemClock } from '@interpose/kernel/clock';
import { standardOutput } from './log-files/standard-output.ts';

/** What is written: one flat object a line. */
export type LogEntry = Readonly<Record<string, unknown>>;

/** Takes entries. An error of its own never reaches a request. */
export interface Logger {
  info(entry: LogEntry): void;
  warn(entry: LogEntry): void;
  error(entry: LogEntry): void;
}

/** Options of `jsonLogger`. */
export interface JsonLoggerOptions {
  /** Takes one line, without its end. @default writes to standard output */
  readonly write?: (line: string) => void;
  /** @default systemClock */
  readonly clock?: Clock;
}

/** A logger that writes one line of JSON an entry, with `level` and `time` before the rest. */
export function jsonLogger(options: JsonLoggerOptions = {}): Logger {
  const { write = (line) => standardOutput.write(line), clock = systemClock } = options;
  const log = (level: string, entry: LogEntry): void =>
    write(JSON.stringify({ level, time: new Date(clock.wall()).toISOString(), ...entry }));
  return {
    info: (entry) => log('info', entry),
    warn: (entry) => log('warn', entry),
    error: (entry) => log('error', entry),
  };
}

/** A logger whose failures stay its own. */
export function safeLogger(logger: Logger): Logger {
  const quietly = (log: (entry: LogEntry) => void) => (entry: LogEntry) => {
    try {
      log(entry);
    } catch {
      // A log that cannot be written must not cost anybody an answer.
    }
  };
  return {
    info: quietly((entry) => logger.info(entry)),
    warn: quietly((entry) => logger.warn(entry)),
    error: quietly((entry) => logger.error(entry)),
  };
}
