/** One source file, parsed far enough to see what it imports and which names it uses. */
import { posix } from 'node:path';
import { parseSync } from 'rolldown/utils';

/** A node of the syntax tree, of any kind. */
export type Node = { readonly type: string; readonly start: number } & Record<string, unknown>;

/** A file as it is in the repository. */
export interface SourceFile {
  /** Path from the root, with forward slashes. */
  readonly path: string;
  readonly text: string;
}

/** A specifier that a file imports from, and where it says so. */
export interface Import {
  readonly specifier: string;
  readonly line: number;
}

const parsed = new Map<string, ReturnType<typeof parseSync>>();

/** The file's syntax tree and its lists of imports and exports. */
export function parse(file: SourceFile): ReturnType<typeof parseSync> {
  let result = parsed.get(file.text);
  if (!result) {
    result = parseSync(file.path, file.text);
    parsed.set(file.text, result);
  }
  return result;
}

/** Calls `visit` for every node of the file with its parent and the key that it stands under. */
export function walk(
  file: SourceFile,
  visit: (node: Node, parent: Node | undefined, key: string) => void,
): void {
  const enter = (value: unknown, parent: Node | undefined, key: string): void => {
    if (Array.isArray(value)) {
      for (const one of value) enter(one, parent, key);
    } else if (isNode(value)) {
      visit(value, parent, key);
      for (const [name, child] of Object.entries(value)) enter(child, value, name);
    }
  };
  enter(parse(file).program, undefined, '');
}

/** Whether a value is a node. */
export function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'type' in value && 'start' in value;
}

/** The line that an offset is on, from 1. */
export function lineAt(file: SourceFile, offset: number): number {
  return file.text.slice(0, offset).split('\n').length;
}

/** Everything that a file imports: statements, re-exports, `import()` and import types. */
export function importsOf(file: SourceFile): readonly Import[] {
  const found: Import[] = [];
  walk(file, (node) => {
    const source = node['source'] ?? node['argument'];
    const imports = /^(?:Import|Export(?:Named|All)|TSImportType)/.test(node.type);
    if (imports && isNode(source) && typeof source['value'] === 'string') {
      found.push({ specifier: source['value'], line: lineAt(file, node.start) });
    }
  });
  return found;
}

/** The path that a relative import points at; nothing for the import of a package. */
export function target(file: SourceFile, specifier: string): string | undefined {
  if (!specifier.startsWith('.')) return undefined;
  return posix.normalize(posix.join(posix.dirname(file.path), specifier));
}

/** The folder under `packages` that a file belongs to. */
export function packageOf(path: string): string | undefined {
  return /^packages\/([^/]+)\//.exec(path)?.[1];
}

/** Whether a file is a test, a type test, a bench or a fuzzer: what users do not get. */
export function isTest(path: string): boolean {
  return /\.(?:test|test-d|bench)\.ts$|^packages\/[^/]+\/test-kit\//.test(path);
}
