/** dataMasking: what may be seen of a field, by the roles of who asks. */
import { isThenable } from '@interpose/kernel';
import { checkNames, unexpected } from '@interpose/kernel/options';
import { reportFailure, unharmed } from '@interpose/kernel/unharmed';
import {
  getNamedType,
  GraphQLError,
  GraphQLID,
  GraphQLString,
  isListType,
  isNonNullType,
} from 'graphql';
import type { FieldContext, FieldMiddleware } from '../field-context.ts';
import type { FieldFacts } from '../field-facts.ts';
import { perField } from '../per-field.ts';
import { type Caller, callerReader, type CallerOptions } from '../rules/caller.ts';
import { type MaskItem, maskedValue } from '../rules/masked-value.ts';
import { type MaskRule, type ReadyMask, readyRule, type ReadyRule } from '../rules/mask-rule.ts';
import { isCoordinate, type Rules, RuleTable } from '../rules/rule-table.ts';

/** Options of `dataMasking`. */
export interface DataMaskingOptions<Context = unknown> extends CallerOptions<Context> {
  /** Masks by `Type.field`, `Type.*`, `*.field` or `*`; the narrowest counts. */
  readonly rules: Rules<MaskRule<Context>>;
  /** Who has one of these roles sees everything as it is. @default nobody */
  readonly unless?: readonly string[];
  /** Is given what masks throw; the value is not given then. @default writes to the console */
  readonly onFailure?: (error: unknown) => void;
}

/**
 * Masks what resolvers give, also those that are the default: as a whole, in part, in lists, and in plain data. What the resolver gave stays
 * as it was. A mask that fails gives nothing; roles that cannot be found out are none.
 *
 * @throws TypeError for options out of range, and when the schema is built, for a mask that does not fit its field; UnknownFieldError then, for a rule whose field there is not
 * @example
 * dataMasking({ rules: { 'User.email': 'email', 'User.card': { mask: 'full', roles: { support: 'partial' } } }, unless: ['admin'] });
 */
export function dataMasking<Context = unknown>(
  options: DataMaskingOptions<Context>,
): FieldMiddleware<Context> {
  const table = new RuleTable(checkedRules(options as DataMaskingOptions));
  const { unless = [], onFailure = reportFailure } = options;
  const report = (error: unknown): void => unharmed(() => onFailure(error));
  const callerOf = callerReader(options, report);
  return perField<Context>(
    { name: 'dataMasking', description: 'Masks what not everybody may see.' },
    (schema) => {
      table.check('dataMasking()', schema);
      return (facts) => {
        const { exact, inherited, named, whole, all } = table.find(facts);
        const [rule] = [...exact, ...inherited, ...named, ...whole, ...all];
        if (!rule || rule.masks.length === 0) return undefined;
        const form = formOf(facts, rule);
        const run = (mask: ReadyMask, ask: Asked): unknown => masked({ form, mask, report }, ask);
        const maskFor = (names: ReadonlySet<string>): ReadyMask | undefined =>
          unless.some((role) => names.has(role)) ? undefined : rule.maskFor(names);
        return masking(callerOf, maskFor, run) as FieldMiddleware<Context>;
      };
    },
  );
}

/** A call whose value is to be masked. */
interface Asked {
  readonly ctx: FieldContext;
  readonly caller: Caller;
  readonly value: unknown;
}

function masking(
  callerOf: (ctx: FieldContext) => Caller,
  maskFor: (names: ReadonlySet<string>) => ReadyMask | undefined,
  run: (mask: ReadyMask, asked: Asked) => unknown,
): FieldMiddleware {
  const shown = (mask: ReadyMask | undefined, { ctx, caller, value }: Asked): unknown => {
    if (!mask) return value;
    return isThenable(value)
      ? value.then((late) => run(mask, { ctx, caller, value: late }))
      : run(mask, { ctx, caller, value });
  };
  return (ctx, next) => {
    const caller = callerOf(ctx);
    const { names } = caller;
    if (isThenable(names)) {
      return names.then((late) => shown(maskFor(late), { ctx, caller, value: next(ctx) }));
    }
    const mask = maskFor(names);
    const value: unknown = next(ctx);
    return mask ? shown(mask, { ctx, caller, value }) : value;
  };
}

/** What the type of a field says of its values. */
interface Form {
  readonly coordinate: string;
  /** How many lists are in each other. */
  readonly lists: number;
  readonly isText: boolean;
  /** Whether an item, or the value where there is no list, may be null. */
  readonly isNullable: boolean;
}

function formOf({ coordinate, field }: FieldFacts, rule: ReadyRule): Form {
  let lists = 0;
  let isNullable = true;
  for (let type = field.type; ;) {
    isNullable = !isNonNullType(type);
    const bare = isNonNullType(type) ? type.ofType : type;
    if (!isListType(bare)) break;
    lists++;
    type = bare.ofType;
  }
  const inner = getNamedType(field.type).name;
  const isText = inner === GraphQLString.name || inner === GraphQLID.name;
  const misfit = rule.masks.some(
    ({ gives }) => !isNullable && (gives === 'nothing' || (gives === 'text' && !isText)),
  );
  if (misfit) {
    const what = isText ? 'never null' : `a ${inner} and never null`;
    throw unexpected(`the mask of ${coordinate}, which is ${what},`, 'a function', 'a name');
  }
  return { coordinate, lists, isText, isNullable };
}

interface Work {
  readonly form: Form;
  readonly mask: ReadyMask;
  readonly report: (error: unknown) => void;
}

function masked({ form, mask, report }: Work, { ctx, caller, value }: Asked): unknown {
  const { coordinate, lists, isText, isNullable } = form;
  const { parent, args, context, info } = ctx;
  const about = { user: caller.user, parent, args, context, info };
  const failed = (error: unknown): unknown => {
    report(error);
    if (isNullable) return null;
    return new GraphQLError(`${coordinate} could not be masked.`, {
      extensions: { code: 'MASKING_FAILED' },
    });
  };
  const item: MaskItem = (raw) => {
    if (mask.gives === 'text' && !isText) return null;
    try {
      const seen = mask.run(raw, about);
      if (!isThenable(seen)) return seen ?? null;
      return seen.then((late) => late ?? null, failed);
    } catch (error) {
      return failed(error);
    }
  };
  return maskedValue(value, lists, item);
}

function checkedRules(options: DataMaskingOptions): ReadonlyMap<string, ReadyRule> {
  checkNames('dataMasking()', options, ['rules', 'unless', 'userOf', 'namesOf', 'onFailure']);
  const { rules, unless, onFailure } = options;
  const isTable = typeof rules === 'object' && rules !== null && !Array.isArray(rules);
  if (!isTable || Object.keys(rules).length === 0) {
    throw unexpected('rules', 'masks by field', rules);
  }
  const isNames = Array.isArray(unless) && unless.every((role) => typeof role === 'string');
  if (unless !== undefined && !isNames) throw unexpected('unless', 'a list of roles', unless);
  if (onFailure !== undefined && typeof onFailure !== 'function') {
    throw unexpected('onFailure', 'a function', onFailure);
  }
  return new Map(
    Object.entries(rules).map(([name, rule]) => {
      if (!isCoordinate(name)) {
        throw unexpected('rules', 'named Type.field, Type.*, *.field or *', name);
      }
      return [name, readyRule(`rules.${name}`, rule)];
    }),
  );
}
