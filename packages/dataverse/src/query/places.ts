/** Places: where in joined rows the row of each link stands. */
import { DataverseFault } from '../faults/dataverse-fault.ts';
import type { Link, Query } from './query.ts';

/** Which table's rows stand in a place. */
export interface Place {
  readonly at: number;
  readonly entity: string;
}

/** The places of a query: the table itself is 0, its links follow, each before those that stand in it. */
export class Places {
  readonly #byAlias = new Map<string, Place>();
  readonly #byEntity = new Map<string, Place[]>();
  readonly #byLink = new Map<Link, number>();
  readonly #entities: string[];

  /** @throws DataverseFault if two links have one alias */
  constructor({ entity, links }: Query) {
    this.#entities = [entity];
    for (const link of links) this.#add(link);
  }

  get size(): number {
    return this.#entities.length;
  }

  of(link: Link): number {
    return this.#byLink.get(link) as number;
  }

  entityAt(at: number): string {
    return this.#entities[at] as string;
  }

  /**
   * The place of a link, by its alias or by the name of its table; or that of the table itself, by its name.
   *
   * @throws DataverseFault if there is none, or more than one
   */
  named(alias: string): Place {
    const place = this.#byAlias.get(alias);
    if (place) return place;
    const [found, second] = this.#byEntity.get(alias) ?? [];
    if (second) {
      throw new DataverseFault(
        'InvalidArgument',
        `There's more than one LinkEntity expressions with name=${alias}`,
      );
    }
    if (found) return found;
    if (alias === this.#entities[0]) return { at: 0, entity: alias };
    throw new DataverseFault(
      'InvalidArgument',
      `LinkEntity with name or alias ${alias} is not found`,
    );
  }

  #add(link: Link): void {
    const { alias, entity, links } = link;
    if (this.#byAlias.has(alias)) {
      throw new DataverseFault(
        'InvalidArgument',
        `Table ${alias} is not unique amongst all top-level table and join aliases`,
      );
    }
    const at = this.#entities.push(entity) - 1;
    const place = { at, entity };
    this.#byAlias.set(alias, place);
    this.#byEntity.set(entity, [...(this.#byEntity.get(entity) ?? []), place]);
    this.#byLink.set(link, at);
    for (const inner of links) this.#add(inner);
  }
}
