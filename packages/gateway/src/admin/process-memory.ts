/** The memory of this process, which is the gateway's own wherever it runs alone. */
import { memoryUsage } from 'node:process';

/** Memory in bytes. */
export interface ProcessMemory {
  /** All that the process has. */
  readonly rss: number;
  /** What of it is in use by JavaScript. */
  readonly heapUsed: number;
}

/** The memory as it is now. */
export function processMemory(): ProcessMemory {
  const { rss, heapUsed } = memoryUsage();
  return { rss, heapUsed };
}
