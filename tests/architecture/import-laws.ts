/** Who may import whom: downwards, through front doors, without circles and corridors. */
import { posix } from 'node:path';
import type { House } from './house.ts';
import { KITS, ourPackage, PLAN, TEST_LIBRARIES } from './plan.ts';
import { importsOf, isTest, packageOf, type SourceFile, target } from './source-file.ts';

/** Names each import of a package that the plan does not put beneath the importer. */
export function standsOnlyOnThePlan({ sources }: House): readonly string[] {
  return sources.flatMap((file) => {
    const folder = packageOf(file.path);
    if (!folder) return [];
    const row = PLAN[folder];
    if (!row) return [`${file.path}: the plan has no package "${folder}"`];
    const test = isTest(file.path);
    const ours = test ? [...row.on, 'testing', folder] : row.on;
    const theirs = test ? [...row.libraries, ...TEST_LIBRARIES] : row.libraries;
    return importsOf(file).flatMap(({ specifier, line }) => {
      if (specifier.startsWith('.') || specifier.startsWith('node:')) return [];
      const of = ourPackage(specifier);
      const allowed = of ? ours.includes(of.folder) : theirs.includes(libraryOf(specifier));
      return allowed ? [] : [`${file.path}:${line}: ${folder} may not import "${specifier}"`];
    });
  });
}

/** The package that a specifier belongs to: its first part, or its first two under a scope. */
export function libraryOf(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}

/** Names each import that goes round a front door: into another package's files, or to an entry it has not. */
export function entersByFrontDoors({ sources, manifests }: House): readonly string[] {
  return sources.flatMap((file) => {
    const home = packageOf(file.path);
    return importsOf(file).flatMap(({ specifier, line }) => {
      const where = `${file.path}:${line}`;
      const path = target(file, specifier);
      if (path && packageOf(path) !== home) return [`${where}: "${specifier}" leaves the package`];
      const of = ourPackage(specifier);
      if (!of || hasEntry(manifests[of.folder]?.exports ?? {}, of.entry)) return [];
      return [`${where}: "${specifier}" is no entry of its package`];
    });
  });
}

function hasEntry(exports: Readonly<Record<string, unknown>>, entry: string): boolean {
  return Object.keys(exports).some((key) => {
    const [head = '', tail] = key.split('*');
    return tail === undefined
      ? key === entry
      : entry.startsWith(head) && entry.endsWith(tail) && entry.length > head.length + tail.length;
  });
}

/** Names each circle among files, once, as the way round. */
export function hasNoCircles({ sources }: House): readonly string[] {
  const byPath = new Map(sources.map((file) => [file.path, file]));
  const done = new Set<string>();
  const circles: string[] = [];

  const enter = (file: SourceFile, way: readonly string[]): void => {
    const met = way.indexOf(file.path);
    if (met >= 0) circles.push([...way.slice(met), file.path].join(' -> '));
    if (met >= 0 || done.has(file.path)) return;
    for (const { specifier } of importsOf(file)) {
      const next = byPath.get(target(file, specifier) ?? '');
      if (next) enter(next, [...way, file.path]);
    }
    done.add(file.path);
  };
  for (const file of sources) enter(file, []);
  return circles;
}

/** Names each import between two files of one kit. */
export function hasNoCorridors({ sources }: House): readonly string[] {
  return sources.flatMap((file) => {
    const folder = posix.dirname(file.path);
    if (!KITS.includes(folder.replace('packages/', '')) || isTest(file.path)) return [];
    if (posix.basename(file.path) === 'standard.ts') return [];
    return importsOf(file)
      .filter(({ specifier }) => posix.dirname(target(file, specifier) ?? '') === folder)
      .map(
        ({ specifier, line }) => `${file.path}:${line}: "${specifier}" is a room of the same kit`,
      );
  });
}
