/** RecordWriter: writes the record of one run, each state after the one before, and never two at a time. */
import { isThenable } from '@interpose/kernel';
import type { JobRecord, JobRecords } from './job-records.ts';

/** Writes records of one job. What fails is reported, and the next one is written all the same. */
export class RecordWriter {
  readonly #records: JobRecords;
  readonly #onFailure: (error: unknown) => void;
  /** What has yet to be written: of several states only the last one matters. */
  #next: JobRecord | undefined;
  #writing: Promise<void> | undefined;

  constructor(records: JobRecords, onFailure: (error: unknown) => void) {
    this.#records = records;
    this.#onFailure = onFailure;
  }

  write(record: JobRecord): void {
    this.#next = record;
    if (!this.#writing) this.#goOn();
  }

  /** What is being written; nothing if all has been. */
  get pending(): Promise<void> | undefined {
    return this.#writing;
  }

  #goOn(): void {
    while (this.#next) {
      const record = this.#next;
      this.#next = undefined;
      try {
        const said = this.#records.write(record);
        if (!isThenable(said)) continue;
        this.#writing = Promise.resolve(said)
          .catch(this.#onFailure)
          .then(() => {
            this.#writing = undefined;
            this.#goOn();
            // Whoever waits for this waits for what was written since, as well.
            return this.#writing;
          });
        return;
      } catch (error) {
        this.#onFailure(error);
      }
    }
  }
}
