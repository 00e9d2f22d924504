/** standardOutput: lines for whoever reads what the process prints; nothing happens to the process when nobody does any more. */
import { writeSync } from 'node:fs';
import type { LineSink } from './line-sink.ts';

/** So much is written at once; more does not wait for the end of the turn. */
const MOST_WAITING_CHARACTERS = 64 * 1024;

class StandardOutput implements LineSink {
  #waiting = '';
  #isDue = false;
  #isWatched = false;

  write(line: string): void {
    this.#waiting += `${line}\n`;
    if (this.#waiting.length >= MOST_WAITING_CHARACTERS) return this.#flush();
    if (this.#isDue) return;
    this.#isDue = true;
    // All lines of a turn are one call to the system.
    setImmediate(() => this.#flush());
  }

  #flush(): void {
    this.#isDue = false;
    const text = this.#waiting;
    if (text === '') return;
    this.#waiting = '';
    this.#watch();
    process.stdout.write(text);
  }

  #watch(): void {
    if (this.#isWatched) return;
    this.#isWatched = true;
    // Whoever read it has gone, or its disk is full.
    process.stdout.on('error', () => {});
    process.on('exit', () => this.#lastWords());
  }

  /** A process that ends waits for nothing. */
  #lastWords(): void {
    const text = this.#waiting;
    this.#waiting = '';
    try {
      if (text !== '') writeSync(process.stdout.fd, text);
    } catch {
      // There is nobody left to tell.
    }
  }
}

/** Standard output. Lines of one turn of the event loop are written together. */
export const standardOutput: LineSink = new StandardOutput();
