/** Handlers for child processes, made of a text, and what is left of a child. */
import { readdirSync, readFileSync } from 'node:fs';
import { isolated, type Isolated, type IsolatedOptions } from '../src/limits/isolated.ts';

const made = new Set<Isolated>();

/** A handler of a module that is its own address; it says nothing, and is told to hurry. */
export function handlerOf(text: string, options: IsolatedOptions = {}): Isolated {
  const module = new URL(`data:text/javascript,${encodeURIComponent(text)}`);
  const handler = isolated(module, { output: 'discard', graceMs: 200, ...options });
  made.add(handler);
  return handler;
}

/** Kills the children of all handlers that were made. */
export async function endHandlers(): Promise<void> {
  for (const handler of made) await handler[Symbol.asyncDispose]();
  made.clear();
}

/** State and group of a process, if there is one. */
function statOf(pid: number | string): { readonly state: string; readonly group: number } {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const [state = 'X', , group] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return { state, group: Number(group) };
  } catch {
    return { state: 'X', group: 0 };
  }
}

/** `R` or `S` while it runs, `T` while it rests, `gone` when it has ended. */
export function stateOf(pid: number): string {
  const { state } = statOf(pid);
  return state === 'Z' || state === 'X' ? 'gone' : state;
}

/** Processes of the group that have not ended. */
export function alive(group: number): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && statOf(name).group === group)
    .map(Number)
    .filter((pid) => stateOf(pid) !== 'gone');
}
