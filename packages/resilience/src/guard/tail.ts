/** Reads the text of a middleware for what spares work: that it does nothing after its `next`, or nothing that takes a while; that it sees no signal. */

/** Anything in brackets, with at most two more levels of them inside. */
const ARGS = String.raw`\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\)`;
/** A middleware of two plain parameters; groups 1 and 2 are their names. `next` is mentioned once, and nothing could hide a second mention. */
const HEAD = String.raw`^[\w\s]*\(\s*(\w+),\s*(\w+),?\s*\)(?:\s*=>)?\s*(?!.*\b\2\b.*\b\2\b|.*(?:\beval\b|\barguments\b|\\u|/[/*]))`;
/**
 * Those that end with the call:
 *
 *     (ctx, next) => next(…)
 *     (ctx, next) => { …; return next(…); }
 *     (ctx, next) => { …; const result = await next(…); return result; }
 */
const TAILLESS = new RegExp(
  String.raw`${HEAD}(?:(?:await )?\2${ARGS}|\{(?!.*\b(?:try|using)\b)(?:.*[;{}\s])?(?:return (?:await )?\2${ARGS}|const (\w+) ?= ?(?:await )?\2${ARGS};\s*return \3);?\s*\})$`,
  's',
);

/**
 * Those that wait for nothing but the rest, and then come to their end:
 *
 *     async (ctx, next) => { …; const result = await next(…); …; return result; }
 *     async (ctx, next) => { …; try { …; return await next(…); } catch (error) { … } finally { … } }
 *
 * There is one `await` and one `return`.
 */
const PROMPT = new RegExp(
  String.raw`^async\b(?!.*\bawait\b.*\bawait\b|.*\breturn\b.*\breturn\b|.*\b(?:yield|using)\b)${HEAD.slice(1)}\{(?:.*\bconst (\w+) ?= ?await \2${ARGS};(?:.*[;{}])?\s*return \3;?\s*|.*[;{}]\s*return await \2${ARGS};?\s*\}\s*(?:catch\s*(?:\(\w+\)\s*)?\{.*\}\s*)?(?:finally\s*\{.*\}\s*)?)\}$`,
  's',
);

/** The first two parameters, where they are plain names. */
const PARAMETERS = /^[\w\s]*\(\s*(\w+)\s*(?:,\s*(\w+)\s*)?,?\s*\)/;
/** A first parameter that is taken to pieces. */
const TAKEN_APART = /^[\w\s]*\(\s*\{([^{}]*)\}/;
/** A name could be hidden. */
const DOUBTS = /\beval\b|\barguments\b|\\u/;

/** A comment on a line of its own says nothing. */
const textOf = (run: unknown): string =>
  Function.prototype.toString.call(run).replaceAll(/^\s*\/\/[^`]*?$/gm, '');

/**
 * True where a middleware provably does nothing of its own once it has called `next`: it gives back what that gives. Every doubt counts
 * against it; then the time after `next` is measured.
 */
export function isTailless(run: unknown): boolean {
  return TAILLESS.test(textOf(run));
}

/**
 * True where a middleware that has called `next` provably waits for nothing but that: once the rest has ended it cannot take so long that it
 * would have to be stopped, unless it blocks the thread, and then nothing can stop it.
 */
export function isPrompt(run: unknown): boolean {
  return PROMPT.test(textOf(run));
}

/**
 * True unless a function provably does nothing with its first parameter but read properties other than `signal` and hand it on to `next`.
 * Every doubt counts for it; then the signal is put where it would find it.
 */
export function maySeeSignal(run: unknown): boolean {
  const text = textOf(run);
  if (DOUBTS.test(text)) return true;
  const pieces = TAKEN_APART.exec(text)?.[1];
  if (pieces !== undefined) return /\bsignal\b|\.\.\.|\[/.test(pieces);
  const [head, ctx, next] = PARAMETERS.exec(text) ?? [];
  if (head === undefined || ctx === undefined) return !/^(?:async\s*)?\(\s*\)/.test(text);
  const handedOn = new RegExp(
    String.raw`(?<!\.)\b${next ?? ctx}\(\s*(?:${ctx}\s*\)|\{\s*\.\.\.${ctx}\b)`,
    'g',
  );
  const body = text.slice(head.length).replaceAll(handedOn, '');
  // Behind a single dot it would be the name of a property.
  const mention = String.raw`(?<![\w$]|(?<!\.)\.)${ctx}(?![\w$])`;
  return new RegExp(
    String.raw`${mention}(?!\.(?!signal\b)[\w$]+(?![\w$]|\s*(?:\?\.)?[(\x60]))`,
  ).test(body);
}
