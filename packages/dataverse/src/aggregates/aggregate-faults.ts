/** AGGREGATE_FAULTS: what the service says of queries that aggregate columns in a way that makes no sense. */

/** Texts by what is wrong. */
export const AGGREGATE_FAULTS = {
  allColumns: "Can't have <all-attributes /> present when using aggregate",
  noAlias: 'Missing alias for attribute in aggregate fetch xml',
  noName: 'Missing name for attribute in aggregate fetch xml',
  unused: 'Attributes must have be aggregated or grouped by when using aggregation',
  orderByColumn:
    'An attribute cannot be specified for an order clause for an aggregate Query. Use an alias',
  orderWithoutAlias: 'An alias is required for an order clause for an aggregate Query.',
} as const;
