/** All operators with their rules. */
import type { ConditionRule } from './condition-rules.ts';
import { DATE_RULES } from './date-conditions.ts';
import { FISCAL_RULES } from './fiscal-conditions.ts';
import { HIERARCHY_RULES } from './hierarchy-conditions.ts';
import type { Operator } from './operator.ts';
import { USER_RULES } from './user-conditions.ts';
import { VALUE_RULES } from './value-conditions.ts';

/** The rules. */
export const STANDARD_RULES: Readonly<Record<Operator, ConditionRule>> = {
  ...VALUE_RULES,
  ...DATE_RULES,
  ...FISCAL_RULES,
  ...USER_RULES,
  ...HIERARCHY_RULES,
} as Readonly<Record<Operator, ConditionRule>>;
