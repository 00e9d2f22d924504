/** What shows each rule that bytes of HTTP/1 can break. */
import type { RuleCode } from '../src/rules.ts';
import { CHUNK_CASES } from './chunk-rule-cases.ts';
import { HEADER_CASES } from './header-rule-cases.ts';
import { HOST_CASES } from './host-rule-cases.ts';
import { LENGTH_CASES } from './length-rule-cases.ts';
import { LINE_CASES } from './line-rule-cases.ts';
import type { CasesOf } from './rule-case.ts';

/** Rules that are broken in time, or by bytes of another protocol: each has tests of its own. */
export const OTHER_RULES = [
  'HEAD_TOO_SLOW',
  'BODY_TOO_SLOW',
  'PROXY_HEADER_MALFORMED',
  'TLS_EXPECTED',
  'CONNECTION_HEADER_FORBIDDEN',
] as const satisfies readonly RuleCode[];

/** By the code of the rule. */
export const RULE_CASES: CasesOf<Exclude<RuleCode, (typeof OTHER_RULES)[number]>> = {
  ...LINE_CASES,
  ...HEADER_CASES,
  ...HOST_CASES,
  ...LENGTH_CASES,
  ...CHUNK_CASES,
};
