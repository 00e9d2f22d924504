/** The document as a tree of nodes that know their place in the file and their way from the top. */
import type { At, Place, ProblemKind } from './problem.ts';

/** What is wrong with a value before anybody has looked what it is for. */
export interface Fault {
  readonly kind: ProblemKind;
  readonly message: string;
}

/** Text, a number, true, false or nothing. */
export interface ScalarNode extends At {
  readonly kind: 'scalar';
  /** The value, with environment variables put in. */
  readonly value: string | number | boolean | null;
  /** What the file says, if a variable was put in: what may be shown in its stead. */
  readonly written?: string;
  /**
   * Set if there is no value to speak of. Whoever reads the node takes these faults down, under the path that may be
   * shown; there are none if that was done when the document was parsed.
   */
  readonly faults?: readonly Fault[];
}

/** A list of nodes. */
export interface ListNode extends At {
  readonly kind: 'list';
  readonly items: readonly SourceNode[];
}

/** A key of a mapping and what it stands for. */
export interface Entry {
  readonly key: string;
  /** Where the key stands. */
  readonly place: Place;
  readonly value: SourceNode;
}

/** Keys and what they stand for. */
export interface MapNode extends At {
  readonly kind: 'map';
  /** The first entry of each key. */
  readonly entries: ReadonlyMap<string, Entry>;
  /** Entries whose key was there already. */
  readonly repeated: readonly Entry[];
  /** Entries whose value is a variable that is empty and may be: as if they were not there, but for faults of their keys. */
  readonly absent?: readonly Entry[];
}

/** A node of a document. */
export type SourceNode = ScalarNode | ListNode | MapNode;

/** The way to a key of a mapping: `routes[2].upstream`, or `headers["x y"]` for what is no plain word. */
export function pathTo(parent: string, key: string | number): string {
  if (typeof key === 'number') return `${parent}[${key}]`;
  if (!/^[\w-]+$/.test(key)) return `${parent}[${JSON.stringify(cut(key))}]`;
  return parent === '' ? key : `${parent}.${key}`;
}

/** True for a variable that stands alone, and whose default is nothing: `${NAME:-}`. */
export function isAbsent(node: SourceNode): boolean {
  return node.kind === 'scalar' && node.written !== undefined && node.value === '';
}

/** What came, in words, for a message. Shows no value that came from the environment. */
export function shown(node: SourceNode): string {
  if (node.kind === 'list') return `a list of ${count(node.items.length, 'item')}`;
  if (node.kind === 'map') return `a mapping of ${count(node.entries.size, 'key')}`;
  if (node.written !== undefined) return `the value of ${JSON.stringify(cut(node.written))}`;
  if (node.value === null) return 'nothing';
  return typeof node.value === 'string' ? JSON.stringify(cut(node.value)) : String(node.value);
}

/** What came, told by its type alone: for values that must not be shown. */
export function shownHidden(node: SourceNode): string {
  if (node.kind !== 'scalar') return shown(node);
  if (node.value === null) return 'nothing';
  return { string: 'text', number: 'a number', boolean: 'true or false' }[
    typeof node.value as 'string'
  ];
}

/** A number and its noun. */
export function count(many: number, noun: string): string {
  return `${many} ${noun}${many === 1 ? '' : 's'}`;
}

function cut(text: string): string {
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
