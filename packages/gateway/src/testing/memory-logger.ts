/** memoryLogger: keeps what it is told, so that a test can look at it. */
import type { LogEntry, Logger } from '../logger.ts';

/** An entry with its level. */
export type KeptEntry = LogEntry & { readonly level: 'info' | 'warn' | 'error' };

/** A logger that keeps what it is told. */
export interface MemoryLogger extends Logger {
  readonly entries: readonly KeptEntry[];
  /** The messages of one level. */
  messages(level: KeptEntry['level']): readonly unknown[];
  /** Forgets everything. */
  clear(): void;
}

/** A logger that keeps what it is told. */
export function memoryLogger(): MemoryLogger {
  const entries: KeptEntry[] = [];
  const log =
    (level: KeptEntry['level']) =>
    (entry: LogEntry): void =>
      void entries.push({ ...entry, level });
  return {
    entries,
    info: log('info'),
    warn: log('warn'),
    error: log('error'),
    messages: (level) => entries.filter((entry) => entry.level === level).map(messageOf),
    clear: () => void entries.splice(0),
  };
}

const messageOf = (entry: KeptEntry): unknown => entry['message'];
