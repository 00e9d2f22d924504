/** Limiters of depth and cost. None of them refuses anything here: they count. */
import { costLimitRule } from '@escape.tech/graphql-armor-cost-limit';
import { maxDepthRule } from '@escape.tech/graphql-armor-max-depth';
import { complexityLimit, depthLimit, queryDepth } from '@interpose/graphql';
import { type DocumentNode, validate, type ValidationRule } from 'graphql';
import graphqlDepthLimit from 'graphql-depth-limit';
import { getComplexity, simpleEstimator } from 'graphql-query-complexity';
import { schema } from './limiter-documents.ts';

/** Counts a document; gives a number, or says why it gives none. */
export type Count = (document: DocumentNode) => number | string;

const MUCH = Number.MAX_SAFE_INTEGER;

function byRule(rule: ValidationRule, said: () => number | string = () => ''): Count {
  const rules = [rule];
  return (document) => {
    const [error] = validate(schema, document, rules);
    return error ? error.message : said();
  };
}

/** What a rule of armor tells of what it has accepted. */
function armor(ruleOf: (onAccept: never[]) => unknown): Count {
  let found: number | string = '';
  const accepted = (_: unknown, { n }: { readonly n: number }): void => void (found = n);
  return byRule(ruleOf([accepted as never]) as ValidationRule, () => found);
}

function depthLimitPeer(): Count {
  let found = 0;
  const rule = graphqlDepthLimit(MUCH, {}, (depths) => void (found = depths[''] ?? 0));
  return byRule(rule, () => found);
}

const limit = complexityLimit({ maxComplexity: MUCH });

/** By name. Peers count with their defaults. */
export const CONTENDERS: Readonly<Record<'depth' | 'cost', Readonly<Record<string, Count>>>> = {
  depth: {
    'validation without a rule': byRule(() => ({})),
    'interpose depthLimit': byRule(depthLimit({ maxDepth: MUCH })),
    'interpose queryDepth': (document) => queryDepth(document),
    'graphql-armor max-depth': armor((onAccept) => maxDepthRule({ n: MUCH, onAccept })),
    'graphql-armor max-depth, flattened': armor((onAccept) =>
      maxDepthRule({ n: MUCH, flattenFragments: true, onAccept }),
    ),
    'graphql-depth-limit': depthLimitPeer(),
  },
  cost: {
    'interpose complexityLimit': byRule(limit),
    'interpose check': (document) => limit.complexityOf({ schema, document, variableValues: {} }),
    'graphql-armor cost-limit': armor((onAccept) => costLimitRule({ maxCost: MUCH, onAccept })),
    'graphql-armor cost-limit, flattened': armor((onAccept) =>
      costLimitRule({ maxCost: MUCH, flattenFragments: true, onAccept }),
    ),
    'graphql-query-complexity': (query) =>
      getComplexity({ schema, query, estimators: [simpleEstimator({ defaultComplexity: 1 })] }),
  },
};
