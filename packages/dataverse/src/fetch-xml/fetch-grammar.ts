/** GRAMMAR: which elements FetchXML has, and what may stand in each; names are facts of the service's schema. */

/** What may stand in an element. */
export interface ElementRule {
  readonly attributes: readonly string[];
  readonly elements: readonly string[];
  /** @default false */
  readonly hasText?: boolean;
}

const words = (text: string): readonly string[] => text.split(' ').filter((word) => word !== '');

const rule = (attributes: string, elements = ''): ElementRule => ({
  attributes: words(attributes),
  elements: words(elements),
});

/** Whoever shows a query to people keeps what they see with it. */
const SHOWN = 'uiname uitype uihidden';

const OF_TABLES = 'all-attributes no-attrs attribute order link-entity filter';

/** Elements by name. */
export const GRAMMAR: ReadonlyMap<string, ElementRule> = new Map([
  [
    'fetch',
    rule(
      'version top count page paging-cookie utc-offset aggregate aggregatelimit distinct mapping min-active-row-version ' +
        'output-format returntotalrecordcount no-lock useraworderby latematerialize datasource options',
      'entity',
    ),
  ],
  ['entity', rule('name enableprefiltering prefilterparametername', OF_TABLES)],
  [
    'link-entity',
    rule(
      'name from to alias link-type visible intersect enableprefiltering prefilterparametername',
      OF_TABLES,
    ),
  ],
  ['all-attributes', rule('')],
  ['no-attrs', rule('')],
  [
    'attribute',
    rule(
      'name alias aggregate groupby dategrouping usertimezone distinct rowaggregate build addedby',
    ),
  ],
  ['order', rule('attribute alias entityname descending')],
  [
    'filter',
    rule(
      'type hint isquickfindfields overridequickfindrecordlimitenabled overridequickfindrecordlimitdisabled',
      'condition filter link-entity',
    ),
  ],
  [
    'condition',
    rule(`attribute operator value valueof entityname column aggregate alias ${SHOWN}`, 'value'),
  ],
  ['value', { ...rule(SHOWN), hasText: true }],
]);
