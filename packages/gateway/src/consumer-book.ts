/** ConsumerBook: who is who among the consumers, and which groups each is in. */
import { outOfRange } from '@interpose/kernel/options';
import type { Consumer } from './context.ts';

const GROUP = /^[\w.:-]+$/;
/** What a header can carry to an upstream as it is. */
const NAME = /^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/;

/** What a book is made from. */
export interface ConsumerBookOptions {
  /** The plugin, for errors. */
  readonly plugin: string;
  /** Everyone that the plugin knows. */
  readonly names: readonly string[];
  /** The groups of a consumer with commas between them, by its name. @default nobody is in any */
  readonly groups?: Readonly<Record<string, string>> | undefined;
}

/** Gives consumers by their names, each the same object for all requests. */
export class ConsumerBook {
  readonly #known = new Map<string, Consumer>();

  /** @throws RangeError for a name that cannot be told to an upstream, for what is no name of a group, and for groups of nobody */
  constructor({ plugin, names, groups = {} }: ConsumerBookOptions) {
    for (const name of names) {
      if (!NAME.test(name)) throw outOfRange(`${plugin}.${name}`, 'a name of plain ASCII', name);
      const list = Object.hasOwn(groups, name) ? groups[name] : undefined;
      this.#known.set(
        name,
        list === undefined ? { name } : { name, groups: groupsOf(plugin, name, list) },
      );
    }
    const nobody = Object.keys(groups).find((name) => !this.#known.has(name));
    if (nobody !== undefined) {
      throw outOfRange(`${plugin}.groups`, 'groups of those who are there', nobody);
    }
  }

  /** The consumer of a name. */
  of(name: string): Consumer {
    return this.#known.get(name) ?? { name };
  }
}

/** True for a name that can be told to an upstream. */
export function isConsumerName(name: unknown): name is string {
  return typeof name === 'string' && name.length <= 256 && NAME.test(name);
}

function groupsOf(plugin: string, name: string, list: string): readonly string[] {
  const groups = list.split(',').map((group) => group.trim());
  if (groups.every((group) => GROUP.test(group))) return groups;
  throw outOfRange(`${plugin}.groups.${name}`, 'names of groups with commas between them', list);
}
