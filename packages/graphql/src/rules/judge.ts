/** Judge: a rule made ready to be asked. Whatever goes wrong on the way to its answer is a no. */
import { type Awaitable, isThenable } from '@interpose/kernel';
import { checkNames, unexpected } from '@interpose/kernel/options';
import DataLoader from 'dataloader';
import type { FieldContext } from '../field-context.ts';
import { perOperation } from '../per-operation.ts';
import type { AuthCheck, ManyCheck } from './auth-rule.ts';
import type { Caller } from './caller.ts';

/** One question: may the caller see this field of this object? */
export interface Question {
  readonly ctx: FieldContext;
  readonly caller: Caller;
}

/** Answers, and never throws. */
export type Judge = (question: Question) => Awaitable<boolean>;

/** Makes judges of rules. */
export class Court {
  readonly #permissions: ReadonlyMap<string, unknown>;
  readonly #named = new Map<string, Judge>();
  readonly #report: (error: unknown) => void;

  constructor(permissions: Readonly<Record<string, unknown>>, report: (error: unknown) => void) {
    this.#permissions = new Map(Object.entries(permissions));
    this.#report = report;
    for (const name of this.#permissions.keys()) this.#judgeNamed(name, []);
  }

  /** @throws TypeError for what is no rule */
  judge(at: string, rule: unknown): Judge {
    return this.#judge(at, rule, []);
  }

  /** `within` are the names of the permissions that the rule is a part of. */
  #judge(at: string, rule: unknown, within: readonly string[]): Judge {
    if (typeof rule === 'boolean') return () => rule;
    if (typeof rule === 'string' && rule !== '') {
      if (this.#permissions.has(rule)) return this.#judgeNamed(rule, within);
      return ({ caller: { names } }) =>
        isThenable(names) ? names.then((late) => late.has(rule)) : names.has(rule);
    }
    if (typeof rule === 'function') return this.#asked(rule as AuthCheck);
    if (Array.isArray(rule)) return anyOf(this.#all(at, rule, within));
    if (typeof rule !== 'object' || rule === null) throw noRule(at, rule);
    checkNames(at, rule, ['allOf', 'check', 'once', 'many']);
    return this.#judgeParts(at, rule, within);
  }

  #judgeParts(at: string, rule: object, within: readonly string[]): Judge {
    const { allOf, check, once, many } = rule as Readonly<Record<string, unknown>>;
    const parts = Object.keys(rule).length;
    if (Array.isArray(allOf) && parts === 1) return everyOf(this.#all(at, allOf, within));
    if (typeof many === 'function' && parts === 1) return this.#askedForAll(many as ManyCheck);
    if (typeof check !== 'function' || parts !== 2) throw noRule(at, rule);
    if (once === 'operation') return oncePerOperation(this.#asked(check as AuthCheck));
    if (once === 'parent') return oncePerParent(this.#asked(check as AuthCheck));
    throw unexpected(`${at}.once`, "'operation' or 'parent'", once);
  }

  #all(at: string, rules: readonly unknown[], within: readonly string[]): readonly Judge[] {
    // Of no rules, one would let nobody pass and all of them would let everybody.
    if (rules.length === 0) throw unexpected(at, 'a list of one rule or more', rules);
    return rules.map((rule, index) => this.#judge(`${at}.${index}`, rule, within));
  }

  #judgeNamed(name: string, within: readonly string[]): Judge {
    const known = this.#named.get(name);
    if (known) return known;
    const at = `permissions.${name}`;
    if (within.includes(name))
      throw unexpected(at, 'no part of itself', [...within, name].join(' > '));
    const judge = this.#judge(at, this.#permissions.get(name), [...within, name]);
    this.#named.set(name, judge);
    return judge;
  }

  #asked(check: AuthCheck): Judge {
    const failed = (error: unknown): boolean => (this.#report(error), false);
    return ({ ctx: { parent, args, context, info }, caller: { user } }) => {
      try {
        const said: unknown = check(user, parent, args, context, info);
        return isThenable(said) ? said.then(isTrue, failed) : said === true;
      } catch (error) {
        return failed(error);
      }
    };
  }

  /** Objects for which the same is asked at the same place of the document are decided on together. */
  #askedForAll(check: ManyCheck): Judge {
    const batches = perOperation(() => new Map<unknown, Map<unknown, Batch>>());
    const failed = (error: unknown): boolean => (this.#report(error), false);
    return ({ ctx, caller: { user } }) => {
      const { parent, args, context, info } = ctx;
      const places = batches(ctx);
      const place = info.fieldNodes[0];
      const ofTypes = places.get(place) ?? new Map<unknown, Batch>();
      places.set(place, ofTypes);
      let batch = ofTypes.get(info.parentType);
      if (!batch) {
        batch = batchOf((parents) => check(parents, { user, args, context, info }));
        ofTypes.set(info.parentType, batch);
      }
      return batch.load({ parent }).then(isTrue, failed);
    };
  }
}

const isTrue = (said: unknown): boolean => said === true;

type Batch = DataLoader<{ readonly parent: unknown }, unknown, unknown>;

function batchOf(check: (parents: readonly unknown[]) => unknown): Batch {
  return new DataLoader(
    async (asked) => {
      const said: unknown = await check(asked.map(({ parent }) => parent));
      if (Array.isArray(said) && said.length === asked.length) return said as unknown[];
      throw unexpected('what `many` gives', `a list of ${asked.length}`, said);
    },
    { cacheKeyFn: ({ parent }) => parent },
  );
}

function noRule(at: string, rule: unknown): TypeError {
  return unexpected(at, 'a rule: true, false, a name, a function, a list, or an object', rule);
}

/** One is enough; those behind it are not asked. */
export function anyOf(judges: readonly Judge[]): Judge {
  return (question) => untilSaid({ judges, wanted: true }, question, 0);
}

/** All are needed; those behind the first no are not asked. */
export function everyOf(judges: readonly Judge[]): Judge {
  const [only] = judges;
  if (only && judges.length === 1) return only;
  return (question) => untilSaid({ judges, wanted: false }, question, 0);
}

/** Several judges, and the word of one that settles it. */
interface Panel {
  readonly judges: readonly Judge[];
  readonly wanted: boolean;
}

function untilSaid(panel: Panel, question: Question, from: number): Awaitable<boolean> {
  const { judges, wanted } = panel;
  for (let at = from; at < judges.length; at++) {
    const said = (judges[at] as Judge)(question);
    if (isThenable(said)) {
      return said.then((late) => (late === wanted ? wanted : untilSaid(panel, question, at + 1)));
    }
    if (said === wanted) return wanted;
  }
  return !wanted;
}

function oncePerOperation(judge: Judge): Judge {
  const memory = perOperation((): { said?: Awaitable<boolean> } => ({}));
  return (question) => (memory(question.ctx).said ??= judge(question));
}

function oncePerParent(judge: Judge): Judge {
  // Types may have the same parents: those that are no objects, or one object that stands for several.
  const memory = perOperation(() => new Map<unknown, Map<unknown, Awaitable<boolean>>>());
  return (question) => {
    const { parent, info } = question.ctx;
    const ofTypes = memory(question.ctx);
    let said = ofTypes.get(info.parentType);
    if (!said) ofTypes.set(info.parentType, (said = new Map<unknown, Awaitable<boolean>>()));
    let known = said.get(parent);
    if (known === undefined) {
      known = judge(question);
      said.set(parent, known);
    }
    return known;
  };
}
