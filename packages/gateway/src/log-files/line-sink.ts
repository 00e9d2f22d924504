/** LineSink: where lines of a log go. */

/** Takes lines, without their ends. What becomes of them disturbs nobody. */
export interface LineSink {
  write(line: string): void;
}
