/** HeaderEdits: changes of headers that a config asks for, checked when it is read. */
import { HeaderList } from '@interpose/http';
import { outOfRange } from '@interpose/kernel/options';

/** What is done, in this order. */
export interface HeaderEditOptions {
  readonly remove?: readonly string[] | undefined;
  /** New names by the old ones; the values stay. */
  readonly rename?: Readonly<Record<string, string>> | undefined;
  /** In the place of whatever the name has. */
  readonly set?: Readonly<Record<string, string>> | undefined;
  /** Beside what the name has. */
  readonly add?: Readonly<Record<string, string>> | undefined;
  /** Only where the name has nothing. */
  readonly fill?: Readonly<Record<string, string>> | undefined;
}

/** Headers of one connection, and those that say how a message is framed: they are not for a config to change. */
const FRAMING: ReadonlySet<string> = new Set([
  'connection',
  'content-length',
  'host',
  'keep-alive',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** Changes lists of headers. */
export class HeaderEdits {
  readonly #remove: ReadonlySet<string>;
  readonly #rename: readonly (readonly [string, string])[];
  readonly #set: readonly (readonly [string, string])[];
  readonly #add: readonly (readonly [string, string])[];
  readonly #fill: readonly (readonly [string, string])[];

  /** @throws InvalidHeaderError for what no header can be, RangeError for one that the gateway itself sets */
  constructor(
    plugin: string,
    { remove = [], rename = {}, set = {}, add = {}, fill = {} }: HeaderEditOptions,
  ) {
    this.#remove = new Set(remove.map((name) => checked(plugin, name).toLowerCase()));
    this.#rename = pairs(plugin, rename).map(([from, to]) => [from, checked(plugin, to)]);
    this.#set = pairs(plugin, set);
    this.#add = pairs(plugin, add);
    this.#fill = pairs(plugin, fill);
  }

  apply(headers: HeaderList): void {
    if (this.#remove.size) headers.deleteWhere((name) => this.#remove.has(name));
    for (const [from, to] of this.#rename) {
      const values = headers.getAll(from);
      if (values.length === 0) continue;
      headers.delete(from);
      headers.delete(to);
      for (const value of values) headers.append(to, value);
    }
    for (const [name, value] of this.#set) headers.set(name, value);
    for (const [name, value] of this.#add) headers.append(name, value);
    for (const [name, value] of this.#fill) if (!headers.has(name)) headers.append(name, value);
  }
}

function pairs(
  plugin: string,
  record: Readonly<Record<string, string>>,
): (readonly [string, string])[] {
  return Object.entries(record).map(
    ([name, value]) => [checked(plugin, name, value), value] as const,
  );
}

/** The name, if it and its value can be sent. */
function checked(plugin: string, name: string, value = ''): string {
  new HeaderList().set(name, value);
  if (!FRAMING.has(name.toLowerCase())) return name;
  throw outOfRange(`${plugin}.${name}`, 'a header that the gateway does not set itself', name);
}
