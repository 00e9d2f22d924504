/** CPU time and resident memory of a process and of all that it has started, as the kernel counts them under /proc. */
import { readdirSync, readFileSync } from 'node:fs';

/** What the kernel counts in where it has no nanoseconds. */
const TICKS_A_SECOND = 100;

/** CPU nanoseconds so far; each key is one thread, or one process where threads cannot be read. */
export type CpuTimes = ReadonlyMap<string, number>;

/** Nanoseconds on a processor, out of a `schedstat` file; nothing where the kernel does not keep them. */
export function nsOf(schedstat: string): number | undefined {
  const [, ns] = /^(\d+) \d+ \d+\s*$/.exec(schedstat) ?? [];
  return Number(ns) || undefined;
}

/** Parent and CPU time out of a `stat` file. The name of a program may have blanks and brackets in it. */
export function readStat(stat: string): { readonly parent: number; readonly ns: number } {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [parent, user, system] = [fields[1], fields[11], fields[12]].map(Number);
  return { parent: parent ?? NaN, ns: ((user ?? NaN) + (system ?? NaN)) * (1e9 / TICKS_A_SECOND) };
}

/** Resident bytes out of a `status` file. */
export function residentOf(status: string): number {
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) * 1024;
}

/** A process and all that descends from it, given the parent of every process. */
export function treeOf(root: number, parents: ReadonlyMap<number, number>): number[] {
  const tree = [root];
  for (const one of tree) {
    for (const [pid, parent] of parents) if (parent === one) tree.push(pid);
  }
  return tree;
}

/** What was spent from one reading to the next. A thread that is gone has taken its time with it. */
export function spentNs(before: CpuTimes, after: CpuTimes): number {
  for (const key of before.keys()) {
    if (!after.has(key)) throw new Error(`${key} ended while it was measured`);
  }
  let ns = 0;
  for (const [key, now] of after) ns += now - (before.get(key) ?? 0);
  return ns;
}

/** The processes of a tree, now. */
export function processesOf(root: number): number[] {
  const parents = new Map<number, number>();
  for (const name of readdirSync('/proc')) {
    const stat = /^\d+$/.test(name) && read(`/proc/${name}/stat`);
    if (stat) parents.set(Number(name), readStat(stat).parent);
  }
  return treeOf(root, parents);
}

/** The CPU time of a tree, until now. */
export function cpuTimesOf(root: number): CpuTimes {
  return new Map(processesOf(root).flatMap((pid) => timesOf(pid)));
}

/** The resident bytes of a tree, now. What its processes share counts once for each. */
export function residentBytesOf(root: number): number {
  return processesOf(root).reduce(
    (bytes, pid) => bytes + residentOf(read(`/proc/${pid}/status`) ?? ''),
    0,
  );
}

function timesOf(pid: number): [string, number][] {
  const threads = readdirSync(`/proc/${pid}/task`).map((thread): [string, number | undefined] => {
    const path = `/proc/${pid}/task/${thread}`;
    return [`thread ${thread}`, nsOf(read(`${path}/schedstat`) ?? '')];
  });
  // A process always has a thread that has run.
  if (threads.some(([, ns]) => ns)) return threads.map(([key, ns = 0]) => [key, ns]);
  const stat = read(`/proc/${pid}/stat`);
  return stat ? [[`process ${pid}`, readStat(stat).ns]] : [];
}

/** A process may end between being listed and being read. */
function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
