/** LogFile: lines at the end of a file, which may be moved away at any time, and whose failures are nobody's but its own. */
import { type FileHandle, open, stat } from 'node:fs/promises';
import type { Clock } from '@interpose/kernel';
import { messageOf } from '../errors.ts';
import type { Logger } from '../logger.ts';
import { type LineBlock, LineBlocks } from './line-blocks.ts';
import type { LineSink } from './line-sink.ts';

/** What a log file is made with. */
export interface LogFileParts {
  readonly clock: Clock;
  /** Is told of what cannot be written. */
  readonly logger: Logger;
  /** Lines that wait for a slow disk; what is beyond is lost, and counted. @default 4 MiB */
  readonly maxWaitingBytes?: number;
  /** How long lines wait for others, to be written with them; 0: not at all. @default 100 */
  readonly flushMs?: number;
}

const MOST_WAITING_BYTES = 4 * 1024 * 1024;
const FLUSH_MS = 100;
/** Whether the file has been moved away is looked at this often. */
const LOOK_EVERY_MS = 1000;

/** A file to whose end lines are written. */
export class LogFile implements LineSink {
  readonly path: string;
  readonly #parts: LogFileParts;
  readonly #maxWaitingBytes: number;
  readonly #waiting = new LineBlocks();
  #writing: Promise<void> | undefined;
  #cancelFlush: (() => void) | undefined;
  #file: FileHandle | undefined;
  /** By which the file is known; another one under its name is another file. */
  #inode = -1;
  #lookedAtMs = -Infinity;
  #isMoved = false;
  #lost = 0;
  #told = '';

  constructor(path: string, parts: LogFileParts) {
    this.path = path;
    this.#parts = parts;
    this.#maxWaitingBytes = parts.maxWaitingBytes ?? MOST_WAITING_BYTES;
  }

  write(line: string): void {
    if (this.#waiting.bytes + line.length > this.#maxWaitingBytes) {
      this.#lost++;
      return;
    }
    this.#waiting.add(line);
    if (this.#writing) return;
    const { clock, flushMs = FLUSH_MS } = this.#parts;
    if (this.#waiting.isFull || flushMs === 0) this.#flush();
    else this.#cancelFlush ??= clock.setTimer(() => this.#flush(), flushMs);
  }

  /** The file is opened anew for the next line, as it may have been moved away. */
  reopen(): void {
    this.#isMoved = true;
  }

  /** Writes what waits, and lets go of the file; another line opens it again. */
  async close(): Promise<void> {
    this.#flush();
    await this.#writing;
    await this.#letGo();
  }

  #flush(): void {
    this.#cancelFlush?.();
    this.#cancelFlush = undefined;
    if (this.#waiting.bytes > 0) this.#writing ??= this.#writeAll();
  }

  async #writeAll(): Promise<void> {
    for (let block = this.#waiting.take(); block; block = this.#waiting.take()) {
      await this.#append(block);
      this.#waiting.giveBack(block);
    }
    this.#writing = undefined;
  }

  async #append({ bytes, lines }: LineBlock): Promise<void> {
    const { logger } = this.#parts;
    try {
      const file = await this.#opened();
      await file.appendFile(bytes);
      this.#told = '';
    } catch (error) {
      this.#lost += lines;
      await this.#letGo();
      const message = messageOf(error);
      if (message === this.#told) return;
      this.#told = message;
      logger.error({ message: `Lines for ${this.path} are lost: ${message}` });
      return;
    }
    if (this.#lost === 0) return;
    logger.warn({ message: `${this.#lost} lines for ${this.path} were lost` });
    this.#lost = 0;
  }

  /** The file under this name, whichever it is now. */
  async #opened(): Promise<FileHandle> {
    const now = this.#parts.clock.now();
    if (this.#file && now - this.#lookedAtMs >= LOOK_EVERY_MS) {
      this.#lookedAtMs = now;
      this.#isMoved ||= await stat(this.path).then(
        ({ ino }) => ino !== this.#inode,
        () => true,
      );
    }
    if (this.#isMoved) await this.#letGo();
    if (this.#file) return this.#file;
    const file = await open(this.path, 'a', 0o640);
    this.#file = file;
    this.#inode = (await file.stat()).ino;
    this.#lookedAtMs = now;
    return file;
  }

  async #letGo(): Promise<void> {
    const file = this.#file;
    this.#file = undefined;
    this.#isMoved = false;
    // What cannot be closed cannot be used any more either.
    await file?.close().catch(() => {});
  }
}
