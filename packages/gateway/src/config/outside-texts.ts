/** Knows which texts of a config came from outside of its file, out of variables and secret files, so that nobody shows them. */

const outside = new WeakMap<object, ReadonlySet<string>>();

/** A shorter text may well stand inside of another one by chance. */
const LEAST_PART = 8;

/** Remembers the texts with which a config was read. */
export function rememberOutside(config: object, texts: ReadonlySet<string>): void {
  outside.set(config, texts);
}

/** Says of a text of the config whether it came from outside of its file, whole or in part. */
export function outsideTextsOf(config: object): (text: string) => boolean {
  const texts = outside.get(config);
  if (texts === undefined || texts.size === 0) return () => false;
  const parts = [...texts].filter((part) => part.length >= LEAST_PART);
  return (text) => texts.has(text) || parts.some((part) => text.includes(part));
}
