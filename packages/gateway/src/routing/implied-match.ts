/** Tells whether what fits one rule must fit another as well. */
import type { RouteMatch, ValueRule } from './route-options.ts';
import { valueTest } from './value-rule.ts';

/** True if each request that fits the first is sure to fit the second; false also where that is not known. */
export function impliesMatch(narrow: RouteMatch, wide: RouteMatch): boolean {
  return (['headers', 'query', 'cookies'] as const).every((part) => {
    const rules = namesOf(narrow[part], part);
    return [...namesOf(wide[part], part)].every(([name, rule]) => {
      const own = rules.get(name);
      return own !== undefined && impliesRule(own, rule);
    });
  });
}

function namesOf(
  rules: Readonly<Record<string, ValueRule>> = {},
  part: keyof RouteMatch,
): ReadonlyMap<string, ValueRule> {
  return new Map(
    Object.entries(rules).map(([name, rule]) => [
      part === 'headers' ? name.toLowerCase() : name,
      rule,
    ]),
  );
}

function impliesRule(narrow: ValueRule, wide: ValueRule): boolean {
  const isThere = typeof narrow === 'string' || !('absent' in narrow);
  if (typeof wide !== 'string') {
    if ('present' in wide) return isThere;
    if ('absent' in wide) return !isThere;
  }
  const fits = valueTest(wide);
  if (typeof narrow === 'string') return fits(narrow);
  if ('oneOf' in narrow) return narrow.oneOf.every(fits);
  if ('prefix' in narrow) {
    return typeof wide === 'object' && 'prefix' in wide && narrow.prefix.startsWith(wide.prefix);
  }
  return JSON.stringify(narrow) === JSON.stringify(wide);
}
