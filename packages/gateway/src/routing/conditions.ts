/** The conditions of a route: what it asks of headers, query and cookies, as one test that is made when the config is read. */
import type { RequestFacts, RouteConditions } from '@interpose/http';
import type { RouteMatch, ValueRule } from './route-options.ts';
import { ruleText, type ValueTest, valueTest, wantsPresence } from './value-rule.ts';

type FactTest = (request: RequestFacts) => boolean;

interface Condition {
  readonly text: string;
  readonly test: FactTest;
}

/**
 * What a route asks of a request beside host, path and method; nothing if it asks for nothing.
 *
 * @throws InvalidConfigError for a regular expression that cannot be used
 */
export function conditionsOf(match: RouteMatch | undefined): RouteConditions | undefined {
  const all = match ? conditions(match) : [];
  const tests = all.map(({ test }) => test);
  if (!tests.length) return undefined;
  return {
    count: tests.length,
    key: all
      .map(({ text }) => text)
      .toSorted()
      .join('\n'),
    fits(request) {
      for (let at = 0; at < tests.length; at++) {
        if (!(tests[at] as FactTest)(request)) return false;
      }
      return true;
    },
  };
}

/** The conditions in words, in the order in which they are looked at. */
export function conditionTexts(match: RouteMatch | undefined): readonly string[] {
  return match ? conditions(match).map(({ text }) => text) : [];
}

function conditions({ headers = {}, query = {}, cookies = {} }: RouteMatch): Condition[] {
  return [
    ...each(headers, (name, rule) => ({
      text: `header ${name.toLowerCase()} ${ruleText(rule)}`,
      test: headerTest(name.toLowerCase(), rule),
    })),
    ...each(query, (name, rule) => ({
      text: `query ${name} ${ruleText(rule)}`,
      test: queryTest(name, valueTest(rule)),
    })),
    ...each(cookies, (name, rule) => {
      const test = valueTest(rule);
      return {
        text: `cookie ${name} ${ruleText(rule)}`,
        test: (request) => test(request.cookies.get(name)),
      };
    }),
  ];
}

function each(
  rules: Readonly<Record<string, ValueRule>>,
  make: (name: string, rule: ValueRule) => Condition,
): Condition[] {
  return Object.entries(rules).map(([name, rule]) => make(name, rule));
}

/** A preflight tells the names of the headers to come, and nothing of their values. */
function headerTest(name: string, rule: ValueRule): FactTest {
  const test = valueTest(rule);
  const isWanted = wantsPresence(rule);
  return ({ headers, announced }) => (announced?.has(name) ? isWanted : test(headers.get(name)));
}

/** Of several values none may be another than the route asks for, whichever of them an upstream reads. */
function queryTest(name: string, test: ValueTest): FactTest {
  return ({ query }) => {
    if (!query.has(name)) return test(undefined);
    return query.getAll(name).every(test);
  };
}
