/** TracingService: collects what executors and middleware trace, for a test to read. */

/** Lines that were traced. */
export class TracingService {
  readonly #lines: string[] = [];

  /** Adds a line; `{0}` in it stands for the first of the values behind it. */
  trace(format: string, ...values: readonly unknown[]): void {
    const line = format.replace(/\{(\d+)\}/g, (all, at: string) =>
      Number(at) < values.length ? String(values[Number(at)]) : all,
    );
    this.#lines.push(line);
  }

  get lines(): readonly string[] {
    return [...this.#lines];
  }

  /** All lines as one text. */
  dumpTrace(): string {
    return this.#lines.map((line) => `${line}\n`).join('');
  }

  /** Forgets all of them. */
  clear(): void {
    this.#lines.length = 0;
  }
}
