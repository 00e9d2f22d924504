/** Reads the text of a handler to find that it cannot see a signal, so that no context need be copied to put one on it. */

/** An arrow function without parameters has no way to get at what it is called with. */
const TAKES_NOTHING = /^(?:async\s*)?\(\s*\)\s*=>/;
/** An arrow function of one plain parameter; one of the groups is its name. */
const TAKES_ONE = /^(?:async\s*)?(?:\(\s*([\w$]+)\s*\)|([\w$]+))\s*=>/;
/** A property other than the signal is read, and neither called nor written. */
const READS = String.raw`\.(?!signal\b)[\w$]+\s*(?:[.,;)\]}?:]|$)`;

/** A name could be hidden, or a property written by destructuring. */
const DOUBTS = /\beval\b|\\u|[\]}]\s*=(?![=>])/;

/**
 * True where a handler provably comes out the same whether or not a signal has been put on a copy of its context: it takes no context, or
 * does nothing with it but read properties. Every doubt counts against it, and then the context is copied.
 */
export function isBlind(handler: unknown): boolean {
  const text = Function.prototype.toString.call(handler);
  if (TAKES_NOTHING.test(text)) return true;
  const found = TAKES_ONE.exec(text);
  const name = (found?.[1] ?? found?.[2])?.replaceAll('$', String.raw`\$`);
  if (!found || !name || DOUBTS.test(text)) return false;
  const body = text.slice(found[0].length);
  const mention = String.raw`(?<![\w$])${name}(?![\w$])`;
  return !new RegExp(`${mention}(?!${READS})|(?:\\+\\+|--|delete)\\s*${mention}`).test(body);
}
