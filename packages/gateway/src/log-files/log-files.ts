/** LogFiles: the files that a gateway writes lines to, each of them open once, whoever writes. */
import type { LineSink } from './line-sink.ts';
import { LogFile, type LogFileParts } from './log-file.ts';

/** The files that lines are written to. */
export class LogFiles {
  readonly #parts: LogFileParts;
  readonly #files = new Map<string, LogFile>();

  constructor(parts: LogFileParts) {
    this.#parts = parts;
  }

  /** The file of this path. Nothing is opened before the first line. */
  at(path: string): LineSink {
    const file = this.#files.get(path) ?? new LogFile(path, this.#parts);
    this.#files.set(path, file);
    return file;
  }

  /** All files are opened anew for their next lines, as they may have been moved away. */
  reopen(): void {
    for (const file of this.#files.values()) file.reopen();
  }

  /** Writes what waits, and lets go of all files. */
  async close(): Promise<void> {
    await Promise.all([...this.#files.values()].map((file) => file.close()));
  }
}
