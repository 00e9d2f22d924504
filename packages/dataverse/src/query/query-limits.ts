/** checkLimits: a query has no more conditions and links than the service takes. */
import { DataverseFault } from '../faults/dataverse-fault.ts';
import type { Filter, Link, Query } from './query.ts';

const MOST_CONDITIONS = 500;

const MOST_LINKS = 15;

/** How deep filters and links may stand in one another. */
const MOST_DEPTH = 200;

/** @throws DataverseFault if there are more */
export function checkLimits({ filter, links }: Query): void {
  const counts = { conditions: 0, links: 0 };
  const visitFilter = (one: Filter | undefined, depth: number): void => {
    if (depth > MOST_DEPTH) {
      throw new DataverseFault(
        'InvalidArgument',
        `The filters and links of a query stand more than ${MOST_DEPTH} deep.`,
      );
    }
    for (const part of one?.parts ?? []) {
      if (part.kind === 'condition') counts.conditions++;
      else if (part.kind === 'link') visitLink(part.link, depth + 1);
      else visitFilter(part, depth + 1);
    }
  };
  const visitLink = (link: Link, depth: number): void => {
    counts.links++;
    visitFilter(link.filter, depth + 1);
    for (const inner of link.links) visitLink(inner, depth + 1);
  };
  visitFilter(filter, 0);
  for (const link of links) visitLink(link, 0);
  if (counts.conditions > MOST_CONDITIONS) throw new DataverseFault('TooManyConditionsInQuery');
  if (counts.links > MOST_LINKS) throw new DataverseFault('TooManyLinkEntitiesInQuery');
}
