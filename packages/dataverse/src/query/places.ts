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

  /** @throws DataverseFault if no link has the alias */
  named(alias: string): Place {
    const place = this.#byAlias.get(alias);
    if (place) return place;
    throw new DataverseFault(
      'InvalidArgument',
      `LinkEntity with name or alias ${alias} is not found`,
    );
  }

  #add(link: Link): void {
    const { alias, entity, links } = link;
    if (this.#byAlias.has(alias)) {
      throw new DataverseFault('InvalidArgument', `Two links have the alias ${alias}`);
    }
    const at = this.#entities.push(entity) - 1;
    this.#byAlias.set(alias, { at, entity });
    this.#byLink.set(link, at);
    for (const inner of links) this.#add(inner);
  }
}
