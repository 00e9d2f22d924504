/** QueryEdits: changes of the query that a config asks for. What they do not touch travels on as it was written. */

/** What is done, in this order. */
export interface QueryEditOptions {
  readonly remove?: readonly string[] | undefined;
  /** In the place of whatever the name has. */
  readonly set?: Readonly<Record<string, string>> | undefined;
  /** Beside what the name has. */
  readonly add?: Readonly<Record<string, string>> | undefined;
}

/** Changes queries. */
export class QueryEdits {
  readonly #drop: ReadonlySet<string>;
  readonly #added: string;
  readonly isEmpty: boolean;

  constructor({ remove = [], set = {}, add = {} }: QueryEditOptions) {
    this.#drop = new Set([...remove, ...Object.keys(set)]);
    this.#added = new URLSearchParams([...Object.entries(set), ...Object.entries(add)]).toString();
    this.isEmpty = this.#drop.size === 0 && this.#added === '';
  }

  /** The query with its `?`, or nothing. */
  apply(search: string): string {
    const parts = search === '' ? [] : search.slice(1).split('&');
    const kept = this.#drop.size ? parts.filter((part) => !this.#drop.has(nameOf(part))) : parts;
    const query = [...kept, ...(this.#added === '' ? [] : [this.#added])].join('&');
    return query === '' ? '' : `?${query}`;
  }
}

/** The name of a parameter as whoever reads the query sees it, however it is written. */
function nameOf(part: string): string {
  const [first] = new URLSearchParams(part).keys();
  return first ?? '';
}
