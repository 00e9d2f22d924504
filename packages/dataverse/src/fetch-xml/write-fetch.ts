/** writeFetchXml: a query as FetchXML. */
import { OPERATORS, type Operator } from '../query/operator.ts';
import { MOST_ON_PAGE } from '../paging/page-size.ts';
import type {
  ColumnPlace,
  Condition,
  Filter,
  Link,
  LinkTest,
  Order,
  Query,
  SelectedColumn,
  Selection,
} from '../query/query.ts';
import { valueTexts } from './value-text.ts';
import { xmlElement, xmlText } from './xml-text.ts';

/**
 * The text, which is read as the same query.
 *
 * @throws DataverseFault for a value that FetchXML cannot have
 */
export function writeFetchXml(query: Query): string {
  const { entity, selection, filter, links, orders, page, aggregation } = query;
  const inside = [
    ...(selection.all || selection.columns.length || aggregation
      ? []
      : [xmlElement('no-attrs', {})]),
    ...columnElements(selection),
    ...(aggregation?.orders ?? []).map(({ of, descending }) =>
      xmlElement('order', { alias: of, descending: descending || undefined }),
    ),
    ...orders.map(orderElement),
    ...(filter ? [filterElement(filter)] : []),
    ...links.map((link) => linkElement(link, link.type)),
  ];
  return xmlElement(
    'fetch',
    {
      version: '1.0',
      mapping: 'logical',
      top: query.top,
      count: page && page.size !== MOST_ON_PAGE ? page.size : undefined,
      page: page?.number,
      'paging-cookie': page?.cookie,
      distinct: query.distinct || undefined,
      aggregate: aggregation ? true : undefined,
      aggregatelimit: aggregation?.limit,
      returntotalrecordcount: query.counts || undefined,
      useraworderby: query.ordersByValue || undefined,
    },
    [xmlElement('entity', { name: entity }, inside)],
  );
}

function columnElements({ all, columns }: Selection): string[] {
  return [...(all ? [xmlElement('all-attributes', {})] : []), ...columns.map(columnElement)];
}

function columnElement(selected: SelectedColumn): string {
  const { column, alias, aggregate, distinct, groups, dateGrouping, inUserTimeZone } = selected;
  return xmlElement('attribute', {
    name: column,
    alias,
    aggregate,
    distinct: distinct || undefined,
    groupby: groups || undefined,
    dategrouping: dateGrouping,
    usertimezone: inUserTimeZone === false ? false : undefined,
    rowaggregate: selected.countsChildren ? 'CountChildren' : undefined,
  });
}

function orderElement({ alias, column, descending }: Order): string {
  return xmlElement('order', {
    attribute: column,
    entityname: alias,
    descending: descending || undefined,
  });
}

function filterElement({ kind, parts }: Filter): string {
  const inside = parts.map((part) => {
    if (part.kind === 'condition') return conditionElement(part);
    return part.kind === 'link' ? linkElement(part.link, part.test) : filterElement(part);
  });
  return xmlElement('filter', { type: kind }, inside);
}

function conditionElement({ alias, column, operator, values, otherColumn }: Condition): string {
  const texts = values.flatMap(valueTexts);
  const [first] = texts;
  const isList = TAKES_LISTS.has(operator) || texts.length > 1;
  return xmlElement(
    'condition',
    {
      entityname: alias,
      attribute: column,
      operator: OPERATORS[operator],
      value: isList ? undefined : first,
      valueof: otherColumn && placeText(otherColumn),
    },
    isList ? texts.map((text) => xmlElement('value', {}, [xmlText(text)])) : [],
  );
}

/** One value of theirs is a list of one. */
const TAKES_LISTS: ReadonlySet<Operator> = new Set([
  'In',
  'NotIn',
  'ContainValues',
  'DoesNotContainValues',
]);

const placeText = ({ alias, column }: ColumnPlace): string =>
  alias === undefined ? column : `${alias}.${column}`;

function linkElement(link: Link, type: Link['type'] | LinkTest['test']): string {
  const { entity, from, to, alias, selection, orders, filter, links } = link;
  return xmlElement(
    'link-entity',
    {
      name: entity,
      from,
      to,
      alias,
      'link-type': type === 'matchfirstrow' ? 'matchfirstrowusingcrossapply' : type,
    },
    [
      ...columnElements(selection),
      ...orders.map(orderElement),
      ...(filter ? [filterElement(filter)] : []),
      ...links.map((inner) => linkElement(inner, inner.type)),
    ],
  );
}
