/** Reads the text of a middleware to find that it cannot break the rules, so that it need not be watched while it runs. */
import { judge, watch } from './conduct.ts';
import type { Layer, Link, Run } from './layer.ts';
import { isThenable } from './middleware.ts';

/** What the text of a middleware shows. */
export interface Proof {
  /** It passes a context whenever it calls `next`, so that `next` need not remember one. */
  readonly passes: boolean;
  /** It holds the result of `next` unawaited for a moment, in which it could throw and leave it behind. */
  readonly holds: boolean;
  /** It may answer without calling `next`; then it is left to see whether it answers anything. */
  readonly guards?: true;
}

/** `next()`, `next(ctx)` or `next({ … })`; groups 1 and 2 are the names of the parameters. */
const CALL = String.raw`\2\((\1|{[^{}]*})?\);?\s*`;
/** Anything in brackets, with at most one more level of them inside. */
const ARGS = String.raw`\([^()]*(\([^()]*\)[^()]*)*\)`;
/** The names of the parameters; `next` is mentioned once, and nothing could hide a second mention. */
const HEAD = String.raw`^[\w\s]*\(\s*(\w+),\s*(\w+),?\s*\)(?:\s*=>)?\s*(?!.*\b\2\b.*\b\2\b|.*(\beval\b|\barguments\b|\\u|/[/*]))`;
/** Statements at the top of the body: nothing that could make what follows conditional. */
const TOP = String.raw`([^{}]*;)?\s*`;

/**
 * The plainest forms of a middleware:
 *
 *     (ctx, next) => next(ctx)
 *     (ctx, next) => { …; return next(ctx); }
 *     (ctx, next) => { …; try { …; return await next(ctx); } finally { … } }
 *     (ctx, next) => { …; const result = await next(ctx); …; return result; }
 *
 * There is one `return`; the call is unconditional, and its result is returned.
 */
const PLAIN = new RegExp(
  String.raw`${HEAD}((await )?${CALL}|{(?!.*\breturn\b.*\breturn\b)((.*[;}])?\s*return (await )?${CALL}|${TOP}try {${TOP}return await ${CALL}}\s*finally {.*}\s*|${TOP}const (?<result>\w+) ?= ?(?<awaits>await )?${CALL}(.*[;}])?\s*return \k<result>;?\s*)})$`,
  's',
);

/**
 * Those that may answer by themselves and else end with the call:
 *
 *     (ctx, next) => { …; if (…) return …; return next(…); }
 *     (ctx, next) => { …; return user ? next(…) : refuse(…); }
 */
const GUARD = new RegExp(
  String.raw`${HEAD}{(.*[;}])?\s*return ([\w\s.!=&|]+\? (await )?\2${ARGS}\s*: [\w\s.'"]*(${ARGS})?|(await )?\2${ARGS});?\s*}$`,
  's',
);

/**
 * Proves that a middleware calls `next` at most once, waits for it, and returns its result; or proves nothing.
 * Every doubt counts against it: a middleware that is not proven is watched at run time instead, with the same
 * outcome at a higher price. See docs/adr/0004-proof-before-watching.md.
 */
export function prove(middleware: unknown): Proof | undefined {
  // A comment on a line of its own proves nothing and hides nothing. Any other comment is a doubt.
  const text = Function.prototype.toString.call(middleware).replace(/^\s*\/\/[^`]*?$/gm, '');
  const found = PLAIN.exec(text);
  if (!found) return GUARD.test(text) ? { passes: false, holds: false, guards: true } : undefined;
  return {
    passes: !text.includes(`${found[2]}()`),
    holds: !!found.groups?.['result'] && !found.groups['awaits'],
  };
}

/** Links a middleware to the rest: bare where its text proves that it keeps the rules, watched where it does not. */
export const linkProven: Link = (layers, rest) => {
  let held = false;
  return layers.reduceRight((last, layer) => {
    const { run } = layer;
    const proof = prove(run);
    // Neighbours that hold a result hold the same one; the innermost has seen to it.
    const next = proof?.holds && !held ? quietly(last) : last;
    held = proof?.holds ?? false;
    if (!proof) return watch(layer, next);
    if (proof.guards) return guard(layer, next);
    return proof.passes ? (ctx) => run(ctx, next) : (ctx) => run(ctx, () => next(ctx));
  }, rest);
};

/** Runs one that may answer by itself; if it does not call `next`, it must answer something. */
const guard =
  (layer: Layer, rest: Run): Run =>
  (ctx) => {
    let called = false;
    const result = layer.run(ctx, (given: unknown) => {
      called = true;
      return rest(given === undefined ? ctx : given) as unknown;
    });
    if (called) return result;
    const settle = (answer: unknown): unknown =>
      judge(layer, { called, running: false, value: undefined }, answer);
    return isThenable(result) ? result.then(settle) : settle(result);
  };

/** A result that its middleware has not awaited yet must not become an unhandled rejection meanwhile. */
const quietly =
  (rest: Run): Run =>
  (ctx) => {
    const result = rest(ctx);
    if (isThenable(result)) result.then(undefined, () => {});
    return result;
  };
