/** fieldAuth: who may see which fields. */
import { type Awaitable, isThenable } from '@interpose/kernel';
import { checkNames, unexpected } from '@interpose/kernel/options';
import { reportFailure, unharmed } from '@interpose/kernel/unharmed';
import type { FieldMiddleware } from '../field-context.ts';
import type { FieldFacts } from '../field-facts.ts';
import { perField } from '../per-field.ts';
import { type AuthRule, ruleText } from '../rules/auth-rule.ts';
import { callerReader, type CallerOptions, isSomebody } from '../rules/caller.ts';
import { checkDenied, type DenialOptions, type Refuse, refusal } from '../rules/denial.ts';
import { Court, everyOf, type Judge } from '../rules/judge.ts';
import { isCoordinate, type Rules, RuleTable } from '../rules/rule-table.ts';
import { schemaRulesOf, SOMEBODY } from '../rules/schema-rules.ts';
import { checkHeeded } from '../rules/unheeded-rules.ts';

/** Options of `fieldAuth`. */
export interface FieldAuthOptions<Context = unknown> extends CallerOptions<Context>, DenialOptions {
  /** Rules by `Type.field`, `Type.*`, `*.field` or `*`. Beside them hold those that stand in the schema. @default none */
  readonly rules?: Rules<AuthRule<Context>>;
  /** Rules with names of their own, to be used by rules. @default none */
  readonly permissions?: Readonly<Record<string, AuthRule<Context>>>;
  /** The directive whose argument `requires` is a rule. @default 'auth' */
  readonly directive?: string;
  /** Under which name `extensions` of a field or a type has a rule. @default 'auth' */
  readonly extension?: string;
  /** What becomes of fields without a rule. @default 'allow' */
  readonly otherwise?: 'allow' | 'deny';
  /** Is given what rules throw; the field is not given then. @default writes to the console */
  readonly onFailure?: (error: unknown) => void;
}

const OPTIONS: readonly (keyof FieldAuthOptions)[] = [
  'rules',
  'permissions',
  'directive',
  'extension',
  'otherwise',
  'denied',
  'onDenied',
  'onFailure',
  'userOf',
  'namesOf',
];

/**
 * Runs a resolver only for those who may see its field. Whatever goes wrong with a rule, the field is not given.
 *
 * @throws TypeError for options out of range; UnknownFieldError when the schema is built, for a rule whose field there is not, TypeError for one in the schema that would protect nothing
 * @example
 * fieldAuth({ rules: { 'User.email': ['admin', (user: User, parent: User) => user?.id === parent.id], 'Mutation.*': 'editor' } });
 */
export function fieldAuth<Context = unknown>(
  options: FieldAuthOptions<Context> = {},
): FieldMiddleware<Context> {
  const { rules = {}, permissions = {}, onFailure = reportFailure } = options;
  checkOptions(options as FieldAuthOptions);
  const report = (error: unknown): void => unharmed(() => onFailure(error));
  const court = new Court(permissions, report);
  const judged = Object.entries(rules).map(([name, rule]): readonly [string, Ruled] => {
    if (!isCoordinate(name)) {
      throw unexpected('rules', 'named Type.field, Type.*, *.field or *', name);
    }
    return [name, { judge: court.judge(`rules.${name}`, rule), rule: rule as AuthRule }];
  });
  const table = new RuleTable(new Map(judged));
  const { directive = 'auth', extension = 'auth', otherwise = 'allow' } = options;
  const callerOf = callerReader(options, report);
  return perField<Context>(
    {
      name: 'fieldAuth',
      description: 'Gives fields only to those who may see them.',
      during: 'both',
    },
    (schema) => {
      table.check('fieldAuth()', schema);
      checkHeeded(schema, { directive, extension });
      return (facts) => {
        const placed = schemaRulesOf(facts, { schema, directive, extension });
        const ruled = [
          ...chosen(table, facts),
          ...placed.map(({ at, rule }): Ruled =>
            rule === SOMEBODY
              ? { judge: ({ caller }) => isSomebody(caller.user), rule: 'somebody' }
              : { judge: court.judge(at, rule), rule: rule as AuthRule },
          ),
        ];
        if (ruled.length === 0 && otherwise === 'deny') ruled.push(NOBODY);
        if (ruled.every(({ rule }) => rule === true)) return undefined;
        const judge = everyOf(ruled.map((one) => one.judge));
        const rule = ruled.map((one) => ruleText(one.rule)).join(' and ');
        const isStream = facts.type === schema.getSubscriptionType();
        const refuse = refusal(facts, { rule, isStream }, options as FieldAuthOptions);
        return guarding(judge, refuse, callerOf) as FieldMiddleware<Context>;
      };
    },
  );
}

interface Ruled {
  readonly judge: Judge;
  readonly rule: AuthRule;
}

const NOBODY: Ruled = { judge: () => false, rule: false };

/** A rule for just the field counts instead of wider ones; one of an interface besides it. */
function chosen(table: RuleTable<Ruled>, facts: FieldFacts): readonly Ruled[] {
  const { exact, inherited, named, whole, all } = table.find(facts);
  const wider = named.length + whole.length > 0 ? [...named, ...whole] : all;
  return [...(exact.length > 0 ? exact : wider), ...inherited];
}

function guarding(
  judge: Judge,
  refuse: Refuse,
  callerOf: ReturnType<typeof callerReader>,
): FieldMiddleware {
  return (ctx, next): Awaitable<unknown> => {
    const caller = callerOf(ctx);
    const said = judge({ ctx, caller });
    if (isThenable(said)) {
      return said.then((yes) => (yes ? next(ctx) : refuse(ctx, caller.user)));
    }
    return said ? next(ctx) : refuse(ctx, caller.user);
  };
}

function checkOptions(options: FieldAuthOptions): void {
  checkNames('fieldAuth()', options, OPTIONS);
  const { otherwise = 'allow', denied = 'error' } = options;
  for (const name of ['rules', 'permissions'] as const) {
    const given: unknown = options[name];
    if (given !== undefined && (typeof given !== 'object' || given === null)) {
      throw unexpected(name, 'an object of rules', given);
    }
  }
  for (const name of ['onDenied', 'onFailure'] as const) {
    const given: unknown = options[name];
    if (given !== undefined && typeof given !== 'function') {
      throw unexpected(name, 'a function', given);
    }
  }
  for (const name of ['directive', 'extension'] as const) {
    const given: unknown = options[name];
    if (given !== undefined && (typeof given !== 'string' || given === '')) {
      throw unexpected(name, 'a name', given);
    }
  }
  if (otherwise !== 'allow' && otherwise !== 'deny') {
    throw unexpected('otherwise', "'allow' or 'deny'", otherwise);
  }
  if (typeof denied !== 'function') checkDenied(denied);
}
