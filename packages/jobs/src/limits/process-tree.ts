/** What a process and those that it has started take, as Linux counts it. */
import { readdirSync, readFileSync } from 'node:fs';

/** What processes take. */
export interface Usage {
  /** Memory that is really there, in units of 2^20 bytes. */
  rssMb: number;
  /** Processor time, in milliseconds. */
  cpuMs: number;
}

/** Linux counts in hundredths of a second, whatever its own beat is. */
const MS_A_TICK = 10;

/** What a process and all that it has started take; nothing if it has gone. */
export function usageOf(pid: number): Usage | undefined {
  const total: Usage = { rssMb: 0, cpuMs: 0 };
  if (!add(total, pid)) return undefined;
  const todo = startedBy(pid);
  for (const child of todo) if (add(total, child)) todo.push(...startedBy(child));
  return total;
}

/** How much private memory a process may write, there or not, in units of 2^20 bytes: what the kernel's limit of data counts. */
export function dataMbOf(pid: number): number {
  return kilobytes(read(pid, 'status'), 'VmData') / 1024;
}

function add(total: Usage, pid: number): boolean {
  const stat = read(pid, 'stat');
  if (!stat) return false;
  // The name, in parentheses, may have anything in it.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  // Of its own, user and system, and of those that have ended and that it has waited for.
  const ticks = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0);
  total.cpuMs += ticks * MS_A_TICK;
  total.rssMb += kilobytes(read(pid, 'status'), 'VmRSS') / 1024;
  return true;
}

const kilobytes = (status: string, name: string): number =>
  Number(new RegExp(`^${name}:\\s*(\\d+)`, 'm').exec(status)?.[1] ?? 0);

function startedBy(pid: number): number[] {
  let threads: string[];
  try {
    threads = readdirSync(`/proc/${pid}/task`);
  } catch {
    return [];
  }
  return threads.flatMap((thread) =>
    read(pid, `task/${thread}/children`).split(' ').filter(Boolean).map(Number),
  );
}

/** A process may go at any time. */
function read(pid: number, what: string): string {
  try {
    return readFileSync(`/proc/${pid}/${what}`, 'latin1');
  } catch {
    return '';
  }
}
