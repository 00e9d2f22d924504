/** Headers as they are shown: values by name, of names and values in turn. */

/** The first value of a name that is given in lower case. */
export function headerValue(raw: readonly string[], name: string): string | undefined {
  for (let at = 0; at + 1 < raw.length; at += 2) {
    if ((raw[at] as string).toLowerCase() === name) return raw[at + 1];
  }
  return undefined;
}

/** By lower case name; several values are joined. */
export function headerRecord(raw: readonly string[]): Readonly<Record<string, string>> {
  // Names come from outside, and one of them could be `__proto__`.
  const record = Object.create(null) as Record<string, string>;
  for (let at = 0; at + 1 < raw.length; at += 2) {
    const name = (raw[at] as string).toLowerCase();
    const before = record[name];
    record[name] = before === undefined ? String(raw[at + 1]) : `${before}, ${raw[at + 1]}`;
  }
  return record;
}
