/** surveyed: how big a QueryExpression is, before anybody follows it to its ends; one may stand in itself. */
import { DataverseFault } from '../faults/dataverse-fault.ts';
import {
  ConditionExpression,
  FilterExpression,
  LinkEntity,
  type QueryExpression,
} from './query-expression.ts';

/** How deep filters and links may stand in one another. */
const MOST_DEPTH = 100;

/** How many filters, conditions and links there may be, of which a query may have far fewer conditions and links. */
const MOST_PARTS = 20_000;

/**
 * The aliases of its links.
 *
 * @throws DataverseFault for one that has no end, or is too deep
 */
export function surveyed({ criteria, linkEntities }: QueryExpression): readonly string[] {
  const survey = new Survey();
  survey.filter(criteria, 1);
  for (const link of linkEntities) survey.link(link, 1);
  return survey.aliases;
}

class Survey {
  readonly aliases: string[] = [];
  #parts = 0;

  filter(filter: FilterExpression, depth: number): void {
    if (!(filter instanceof FilterExpression)) throw strange('filter');
    this.#step(depth, 1 + filter.conditions.length);
    for (const condition of filter.conditions) {
      const isOne = condition instanceof ConditionExpression && Array.isArray(condition.values);
      if (!isOne) throw strange('condition');
    }
    for (const inner of filter.filters) this.filter(inner, depth + 1);
    for (const link of filter.anyAllFilterLinkEntities) this.link(link, depth + 1);
  }

  link(link: LinkEntity, depth: number): void {
    if (!(link instanceof LinkEntity)) throw strange('link');
    const { entityAlias, linkCriteria, linkEntities } = link;
    this.#step(depth, 1);
    if (entityAlias !== undefined) this.aliases.push(entityAlias);
    this.filter(linkCriteria, depth + 1);
    for (const inner of linkEntities) this.link(inner, depth + 1);
  }

  #step(depth: number, parts: number): void {
    this.#parts += parts;
    if (depth > MOST_DEPTH) {
      throw new DataverseFault(
        'InvalidArgument',
        `The filters and links of a query stand more than ${MOST_DEPTH} deep.`,
      );
    }
    if (this.#parts > MOST_PARTS) throw new DataverseFault('TooManyConditionsInQuery');
  }
}

const strange = (part: string): DataverseFault =>
  new DataverseFault('InvalidArgument', `A query has something for a ${part} that is none.`);
