/** Where things are put and what the files are called; what a front door may hold. */
import { posix } from 'node:path';
import type { House } from './house.ts';
import { importsOf, isTest, lineAt, packageOf, parse, target } from './source-file.ts';

const DRAWERS =
  /^(?:utils?|utilities|helpers?|commons?|misc|shared|lib|types?|constants?|interfaces?)$/;

/** Names each file and folder whose name says nothing of what is in it. */
export function hasNoDrawers({ sources }: House): readonly string[] {
  return sources
    .filter(
      ({ path }) =>
        !isTest(path) &&
        path.split('/').some((part) => DRAWERS.test(part.replace(/\..*$/, '').toLowerCase())),
    )
    .map(({ path }) => `${path}: a drawer; name it for what it does`);
}

/** Names each file and folder of a package that is not in kebab-case. */
export function isKebabCase({ sources }: House): readonly string[] {
  return sources
    .filter(
      ({ path }) => packageOf(path) && !/^(?:[a-z0-9-]+\/)+[a-z0-9-]+(?:\.[a-z-]+)+$/.test(path),
    )
    .map(({ path }) => `${path}: not in kebab-case`);
}

/** Names each file that does not begin with a sentence on what it is for. */
export function saysWhatItIsFor({ sources }: House): readonly string[] {
  return sources
    .filter(({ text }) => !/^(?:#!.*\n)?\/\*\* \S.*[.!?:]/.test(text))
    .map(({ path }) => `${path}:1: does not begin with "/** One sentence. */"`);
}

/** Names each folder of a package with a single file in it, or inside another folder. */
export function foldersAreFamilies({ sources }: House): readonly string[] {
  const folders = new Map<string, number>();
  for (const { path } of sources) {
    const folder = posix.dirname(path);
    if (!/^packages\/[^/]+\/src\/./.test(folder)) continue;
    const plain = /^[^.]+\.ts$/.test(posix.basename(path));
    folders.set(folder, (folders.get(folder) ?? 0) + (plain ? 1 : 0));
  }
  return [...folders].flatMap(([folder, files]) => {
    if (folder.split('/').length > 4) return [`${folder}: a folder in a folder`];
    return files < 2 ? [`${folder}: a folder with a single file`] : [];
  });
}

/** Names what a front door holds that is no list of names, and whoever enters it from inside. */
export function frontDoorsAreLists({ sources, manifests }: House): readonly string[] {
  const missing = Object.keys(manifests)
    .map((folder) => `packages/${folder}/src/index.ts`)
    .filter((path) => !sources.some((file) => file.path === path))
    .map((path) => `${path}: the package has no front door`);
  const found = sources.flatMap((file) => {
    const home = packageOf(file.path);
    if (!home) return [];
    const index = `packages/${home}/src/index.ts`;
    if (file.path !== index && posix.basename(file.path) === 'index.ts') {
      return [`${file.path}: a package has one index.ts`];
    }
    if (isTest(file.path)) return [];
    if (file.path !== index) {
      return importsOf(file)
        .filter(({ specifier }) => target(file, specifier) === index)
        .map(({ line }) => `${file.path}:${line}: enters its own front door`);
    }
    return parse(file)
      .program.body.filter((node) => node.type !== 'ExportNamedDeclaration' || !node.source)
      .map(
        (node) => `${file.path}:${lineAt(file, node.start)}: not of the form "export { … } from"`,
      );
  });
  return [...missing, ...found];
}

/** Names each export of everything or of a default. */
export function exportsByName({ sources }: House): readonly string[] {
  return sources.flatMap((file) => {
    if (!packageOf(file.path)) return [];
    return parse(file).module.staticExports.flatMap(({ start, entries }) => {
      const where = `${file.path}:${lineAt(file, start)}`;
      if (entries.some(({ importName }) => importName.kind.startsWith('All')))
        return [`${where}: export *`];
      const byDefault = entries.some(
        ({ exportName }) => exportName.kind === 'Default' || exportName.name === 'default',
      );
      return byDefault ? [`${where}: a default export`] : [];
    });
  });
}
