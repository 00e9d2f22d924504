/** The repository as the laws see it: its source files and its manifests. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { SourceFile } from './source-file.ts';

/** The parts of a package.json that the laws look at. */
export interface Manifest {
  readonly name: string;
  readonly version?: string;
  readonly private?: boolean;
  readonly license?: string;
  readonly type?: string;
  readonly description?: string;
  readonly engines?: Readonly<Record<string, string>>;
  readonly files?: readonly string[];
  readonly bin?: Readonly<Record<string, string>>;
  readonly exports?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

/** What the laws are applied to. */
export interface House {
  /** TypeScript and JavaScript, by path. */
  readonly sources: readonly SourceFile[];
  /** The package.json of each folder under `packages`. */
  readonly manifests: Readonly<Record<string, Manifest>>;
}

/** The folder of the repository. */
export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

const UNTRACKED = new Set(['node_modules', 'dist', '.git', '.cache', 'coverage']);

/** The paths of all files that are ours, from the root. */
export function allPaths(folder = ''): readonly string[] {
  return readdirSync(join(ROOT, folder), { withFileTypes: true }).flatMap((entry) => {
    if (UNTRACKED.has(entry.name)) return [];
    const path = folder ? `${folder}/${entry.name}` : entry.name;
    return entry.isDirectory() ? allPaths(path) : entry.isFile() ? [path] : [];
  });
}

/** Reads files whole. */
export function readFiles(paths: readonly string[]): readonly SourceFile[] {
  return paths.map((path) => ({ path, text: readFileSync(join(ROOT, path), 'utf8') }));
}

/** The folders under `packages`. */
export function packageFolders(): readonly string[] {
  return readdirSync(join(ROOT, 'packages')).toSorted();
}

/** The package.json of one folder. */
export function readManifest(folder: string): Manifest {
  return JSON.parse(
    readFileSync(join(ROOT, 'packages', folder, 'package.json'), 'utf8'),
  ) as Manifest;
}

/** The repository as it is. */
export function readHouse(): House {
  return {
    sources: readFiles(allPaths().filter((path) => /\.m?[jt]s$/.test(path))),
    manifests: Object.fromEntries(packageFolders().map((folder) => [folder, readManifest(folder)])),
  };
}

/** A house of a few files, to show that a law can be broken. */
export function plant(
  files: Readonly<Record<string, string>>,
  manifests: Readonly<Record<string, Manifest>> = {},
): House {
  const sources = Object.entries(files).map(([path, text]) => ({ path, text }));
  return { sources, manifests };
}
