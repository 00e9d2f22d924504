/** Where the outside world may come in: Node, time and chance. */
import type { House } from './house.ts';
import { CLOCKS, PLAN } from './plan.ts';
import {
  importsOf,
  isNode,
  isTest,
  lineAt,
  type Node,
  packageOf,
  type SourceFile,
  walk,
} from './source-file.ts';

const NODE_GLOBALS = new Set([
  'process',
  'Buffer',
  'global',
  'require',
  'setImmediate',
  'clearImmediate',
  '__dirname',
  '__filename',
]);
const TIMERS = new Set(['setTimeout', 'setInterval']);
const TIME_MEMBERS = new Set([
  'Date.now',
  'performance.now',
  'performance.timeOrigin',
  'process.hrtime',
  'AbortSignal.timeout',
]);

/** Names each use of Node where the plan has none: an import of `node:` or one of its globals. */
export function usesNodeOnlyWherePlanned({ sources }: House): readonly string[] {
  return sources.flatMap((file) => {
    const home = packageOf(file.path);
    const rule = PLAN[home ?? '']?.node ?? 'anywhere';
    const place = file.path.replace(/^packages\/[^/]+\/src\//, '');
    if (rule === 'anywhere' || isTest(file.path)) return [];
    const planned = rule === 'nowhere' ? [] : rule;
    if (planned.some((one) => place === one || (one.endsWith('/') && place.startsWith(one))))
      return [];
    const imports = importsOf(file)
      .filter(({ specifier }) => specifier.startsWith('node:'))
      .map(({ specifier, line }) => `${file.path}:${line}: imports "${specifier}"`);
    const own = namesDeclaredIn(file);
    return [
      ...imports,
      ...findUses(file, ({ name }) => NODE_GLOBALS.has(name) && !own.has(name) && name),
    ];
  });
}

/** Names that the file gives to something of its own. */
function namesDeclaredIn(file: SourceFile): ReadonlySet<string> {
  const names = new Set<string>();
  walk(file, (node, parent, key) => {
    const declares = (key === 'id' && parent?.type === 'VariableDeclarator') || key === 'params';
    if (node.type === 'Identifier' && declares) names.add(String(node['name']));
  });
  return names;
}

/** Names each reading of time and each timer outside the clock. */
export function readsTimeOnlyInTheClock({ sources }: House): readonly string[] {
  return shipped(sources)
    .filter(({ path }) => !CLOCKS.includes(path))
    .flatMap((file) => findUses(file, readsTime));
}

/** Names each use of `Math.random` but as the default of an option called `random`. */
export function throwsDiceOnlyByOption({ sources }: House): readonly string[] {
  return shipped(sources).flatMap((file) =>
    findUses(file, ({ name, member, around }) => {
      if (`${name}.${member}` !== 'Math.random') return false;
      const { parent, key } = around;
      const left = parent?.['left'];
      const isDefault = parent?.type === 'AssignmentPattern' && key === 'right';
      return isDefault && isNode(left) && left['name'] === 'random' ? false : 'Math.random';
    }),
  );
}

function readsTime({ name, member, parent, key }: Use): string | false {
  const path = `${name}.${member}`;
  if (TIME_MEMBERS.has(path)) return path;
  if (TIMERS.has(name)) return name;
  if (name === 'globalThis' && TIMERS.has(member ?? '')) return path;
  if (name !== 'Date' || key !== 'callee') return false;
  const args = parent?.['arguments'];
  if (parent?.type === 'CallExpression') return 'Date()';
  return Array.isArray(args) && args.length === 0 ? 'new Date()' : false;
}

function shipped(sources: readonly SourceFile[]): readonly SourceFile[] {
  return sources.filter(({ path }) => packageOf(path) && !isTest(path));
}

/** A name in the code that stands for a value or a type, not for a property or a key. */
interface Use {
  readonly name: string;
  readonly parent: Node | undefined;
  readonly key: string;
  /** What is taken from it: `now` of `Date.now`. */
  readonly member: string | undefined;
  /** Where the whole of `Date.now` stands. */
  readonly around: { readonly parent: Node | undefined; readonly key: string };
}

/** Lists the uses that `judge` has a name for. */
function findUses(file: SourceFile, judge: (use: Use) => string | false): readonly string[] {
  const found: string[] = [];
  const standing = new Map<unknown, { readonly parent: Node | undefined; readonly key: string }>();
  walk(file, (node, parent, key) => {
    standing.set(node, { parent, key });
    if (node.type !== 'Identifier' || isKey(parent, key)) return;
    const property = parent?.type === 'MemberExpression' ? parent['property'] : undefined;
    const member = isNode(property) && key === 'object' ? property : undefined;
    const said = judge({
      name: String(node['name']),
      parent,
      key,
      member: member && String(member['name'] ?? member['value']),
      around: standing.get(parent) ?? { parent: undefined, key: '' },
    });
    if (said) found.push(`${file.path}:${lineAt(file, node.start)}: uses ${said}`);
  });
  return found;
}

function isKey(parent: Node | undefined, key: string): boolean {
  return (key === 'property' || key === 'key') && parent?.['computed'] === false;
}
