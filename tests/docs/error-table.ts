/** The table of error codes in docs/errors.md, and the classes that it must agree with. */

/** A class of errors that has a code. */
export interface CodedClass {
  /** The name that it is exported under. */
  readonly exported: string;
  /** The name that it bears itself. */
  readonly name: string;
  readonly code: string;
}

/** The coded errors among the exports of a module. */
export function codedClasses(module: Readonly<Record<string, unknown>>): readonly CodedClass[] {
  return Object.entries(module).flatMap(([exported, value]) => {
    if (typeof value !== 'function' || !(value.prototype instanceof Error)) return [];
    const { name, code } = value as unknown as { name: string; code: unknown };
    return typeof code === 'string' ? [{ exported, name, code }] : [];
  });
}

/** The codes in the first column of the tables of a page. */
export function codesInTable(markdown: string): readonly string[] {
  return [...markdown.matchAll(/^\| `([A-Z][A-Z0-9_]*)` +\|/gm)].map(([, code]) => String(code));
}

/** What is wrong between the classes and the page. */
export function faults(classes: readonly CodedClass[], markdown: string): readonly string[] {
  const rows = codesInTable(markdown);
  const names = new Map<string, Set<string>>();
  for (const { code, name } of classes) names.set(code, (names.get(code) ?? new Set()).add(name));
  return [
    ...classes.flatMap(({ exported, name, code }) => {
      const expected = classNameOf(code);
      if (exported !== name) return [`${name} is exported as ${exported}`];
      // The fake of a service of Microsoft has the words of its clients.
      const names = [expected, expected.replace(/Error$/, 'Exception'), asFault(expected)];
      return names.includes(name) ? [] : [`${name} has the code ${code}, which is for ${expected}`];
    }),
    ...[...names].flatMap(([code, bearers]) =>
      bearers.size > 1 ? [`${code} is the code of ${[...bearers].join(' and ')}`] : [],
    ),
    ...[...names.keys()]
      .filter((code) => !rows.includes(code))
      .map((code) => `${code} has no row in docs/errors.md`),
    ...rows.filter((code) => !names.has(code)).map((code) => `no error has the code ${code}`),
    ...rows.filter((code, at) => rows.indexOf(code) !== at).map((code) => `${code} has two rows`),
  ];
}

/** `DATAVERSE_FAULT` is the code of `DataverseFault`. */
function asFault(expected: string): string {
  return expected.replace(/FaultError$/, 'Fault');
}

/** `DOUBLE_NEXT` is the code of `DoubleNextError`. */
export function classNameOf(code: string): string {
  const words = code.toLowerCase().split('_');
  return `${words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('')}Error`;
}
