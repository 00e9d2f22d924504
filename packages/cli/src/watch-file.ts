/** watchFile: tells when another content may stand under a path, also when a link on the way to it leads elsewhere. */
import { type FSWatcher, lstatSync, readlinkSync, statSync, watch } from 'node:fs';
import { basename, dirname, isAbsolute, join, parse, resolve, sep } from 'node:path';
import type { Clock } from '@interpose/kernel';

/** File systems that tell nothing, and folders that are made anew, are noticed by looking. */
const LOOK_MS = 5000;
/** More links than a system follows. */
const MOST_LINKS = 40;

/**
 * Calls the listener whenever something has happened on the way to the file, perhaps several times for one change, and perhaps for none.
 * Watches folders and not the file, which editors and orchestrators replace. Ends with the function that it gives.
 */
export function watchFile(path: string, clock: Clock, listener: () => void): () => void {
  const watchers = new Map<string, FSWatcher>();
  let state = stateOf(path);
  let ended = false;
  let cancel: () => void;

  let steps = stepsTo(path);
  const counts = (folder: string, name: string | null): boolean => {
    // A link that was on the way a moment ago counts as much as one that is now.
    if (name === null || steps.get(folder)?.has(name)) return true;
    return stepsTo(path).get(folder)?.has(name) ?? false;
  };
  const follow = (): void => {
    steps = stepsTo(path);
    for (const [folder, watcher] of watchers) {
      if (steps.has(folder)) continue;
      watcher.close();
      watchers.delete(folder);
    }
    for (const folder of steps.keys()) {
      if (watchers.has(folder)) continue;
      const watcher = watcherOf(folder, (name) => {
        if (counts(folder, name)) happened();
      });
      watcher?.on('error', () => {
        watcher.close();
        watchers.delete(folder);
      });
      if (watcher) watchers.set(folder, watcher);
    }
  };
  const happened = (): void => {
    if (ended) return;
    state = stateOf(path);
    follow();
    listener();
  };
  const look = (): void => {
    cancel = clock.setTimer(look, LOOK_MS, { keepAlive: false });
    if (stateOf(path) !== state) happened();
  };
  follow();
  cancel = clock.setTimer(look, LOOK_MS, { keepAlive: false });
  return () => {
    ended = true;
    cancel();
    for (const watcher of watchers.values()) watcher.close();
  };
}

function watcherOf(folder: string, listener: (name: string | null) => void): FSWatcher | undefined {
  try {
    return watch(folder, { persistent: false }, (_, name) => listener(name));
  } catch {
    // No such folder, or no watcher left in the system: looking remains.
    return undefined;
  }
}

/** What tells one content of a path from another without reading it. */
function stateOf(path: string): string {
  try {
    const { ino, size, mtimeMs } = statSync(path);
    return `${ino} ${size} ${mtimeMs}`;
  } catch {
    return '';
  }
}

/** The folders in which the file and the links on the way to it stand, or the first that is missing, with the names that count in each. */
function stepsTo(path: string): ReadonlyMap<string, ReadonlySet<string>> {
  const steps = new Map<string, Set<string>>();
  const add = (full: string): void => {
    const folder = dirname(full);
    const names = steps.get(folder) ?? new Set();
    steps.set(folder, names.add(basename(full)));
  };
  const full = resolve(path);
  let at = parse(full).root;
  const rest = full.slice(at.length).split(sep);
  for (let links = 0; rest.length > 0 && links <= MOST_LINKS;) {
    const next = join(at, rest.shift() as string);
    const target = linkAt(next);
    if (target === undefined || target === MISSING) at = next;
    if (target === MISSING) break;
    if (target === undefined) continue;
    links++;
    add(next);
    if (isAbsolute(target)) at = parse(target).root;
    rest.unshift(...target.slice(isAbsolute(target) ? at.length : 0).split(sep));
  }
  add(at);
  return steps;
}

const MISSING = Symbol('missing');

/** Where a link leads; nothing if something else stands there. */
function linkAt(path: string): string | undefined | typeof MISSING {
  try {
    return lstatSync(path).isSymbolicLink() ? readlinkSync(path) : undefined;
  } catch {
    return MISSING;
  }
}
