/** What the manifests say agrees with the files: dependencies, entries, one version. */
import type { House } from './house.ts';
import { libraryOf } from './import-laws.ts';
import { packageName } from './plan.ts';
import { importsOf, isTest, packageOf } from './source-file.ts';

const CONDITIONS = ['@interpose/source', 'types', 'default'];

/** Names each package that is imported and not declared, or declared and not imported. */
export function declaresWhatItImports({ sources, manifests }: House): readonly string[] {
  return Object.entries(manifests).flatMap(([folder, manifest]) => {
    const declared = new Set(
      Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies }),
    );
    const imported = new Set(
      sources
        .filter(({ path }) => packageOf(path) === folder && !isTest(path))
        .flatMap((file) => importsOf(file).map(({ specifier }) => specifier))
        .filter((specifier) => !/^(?:\.|node:)/.test(specifier))
        .map(libraryOf),
    );
    const where = `packages/${folder}/package.json`;
    const undeclared = [...imported].filter((name) => !declared.has(name));
    const idle = [...declared].filter((name) => !imported.has(name));
    return [
      ...undeclared.map((name) => `${where}: does not declare "${name}"`),
      ...idle.map((name) => `${where}: "${name}" is never imported`),
    ];
  });
}

/** Names each manifest that is not like the others: name, version, licence, floor, what is shipped. */
export function manifestsAreAlike({ manifests }: House): readonly string[] {
  const all = Object.entries(manifests);
  const version = all[0]?.[1].version;
  return all.flatMap(([folder, manifest]) => {
    const expected = {
      name: packageName(folder),
      version,
      license: 'MIT',
      type: 'module',
      node: '>=20.19',
    };
    const actual = { ...manifest, node: manifest.engines?.['node'] };
    const faults = Object.entries(expected).flatMap(([key, value]) => {
      const got = actual[key as keyof typeof expected];
      return got === value ? [] : [`expected ${key} to be "${value}", got "${got}"`];
    });
    const others = Object.entries(manifest.dependencies ?? {}).flatMap(([name, range]) => {
      const ours = all.some(([, other]) => other.name === name);
      const right = ours ? range === version : /^\d+\.\d+\.\d+$/.test(range);
      return right ? [] : [`expected an exact version of "${name}", got "${range}"`];
    });
    return [...faults, ...others].map((fault) => `packages/${folder}/package.json: ${fault}`);
  });
}

/** Names each entry that does not lead from one source file to what is built from it. */
export function entriesLeadToSources({ sources, manifests }: House): readonly string[] {
  return Object.entries(manifests).flatMap(([folder, manifest]) =>
    Object.entries(manifest.exports ?? {}).flatMap(([entry, conditions]) => {
      const source = conditions['@interpose/source'] ?? '';
      const built = source.replace('./src/', './dist/').replace(/\.ts$/, '');
      const right =
        String(Object.keys(conditions)) === String(CONDITIONS) &&
        conditions['types'] === `${built}.d.ts` &&
        conditions['default'] === `${built}.js` &&
        sources.some(({ path }) => matches(path, `packages/${folder}/${source.slice(2)}`));
      return right ? [] : [`packages/${folder}/package.json: entry "${entry}" leads nowhere`];
    }),
  );
}

function matches(path: string, pattern: string): boolean {
  const [head = '', tail] = pattern.split('*');
  return tail === undefined ? path === pattern : path.startsWith(head) && path.endsWith(tail);
}

/** Names each command that is neither a file of the package nor built from one. */
export function commandsLeadToSources({ sources, manifests }: House): readonly string[] {
  const paths = new Set(sources.map(({ path }) => path));
  return Object.entries(manifests).flatMap(([folder, { bin = {} }]) =>
    Object.values(bin)
      .map((command) => command.replace(/^\.\//, ''))
      .map((command) =>
        command.startsWith('dist/') ? command.replace(/^dist\/(.*)\.js$/, 'src/$1.ts') : command,
      )
      .filter((source) => !paths.has(`packages/${folder}/${source}`))
      .map((source) => `packages/${folder}/package.json: there is no ${source}`),
  );
}
