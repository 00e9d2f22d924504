/** Problem: one fault of a config file, with its place, what was expected and what came. */

/** What each code stands for. A code never changes its meaning; gaps are codes that were given up. */
export const problemCodes = {
  /** The text is no YAML or JSON. */
  syntax: 'CFG001',
  /** The file has nothing in it. */
  empty: 'CFG002',
  /** The same key twice in one mapping. */
  repeatedKey: 'CFG003',
  /** Larger, deeper or more often repeated than a config can be. */
  tooLarge: 'CFG004',
  /** `${NAME}` without such a variable in the environment. */
  noVariable: 'CFG005',
  /** A `${` that is no `${NAME}`, no `${NAME:-default}` and no `${file:/path}`. */
  badVariable: 'CFG006',
  /** `${file:/path}` of a file that gives no value. */
  noFile: 'CFG007',
  /** A file that begins with `# begin config` and does not end with `# end config`. */
  cutOff: 'CFG008',
  /** Text where a list was expected, and the like. */
  wrongType: 'CFG010',
  /** A key that nothing reads. */
  unknownKey: 'CFG011',
  /** A route names an upstream that is not there. */
  unknownUpstream: 'CFG012',
  /** No plugin has this name. */
  unknownPlugin: 'CFG013',
  /** Something required is not there. */
  missing: 'CFG014',
  /** Of the right type, but not a value that can be used. */
  badValue: 'CFG015',
  /** A route with no answer, or with more than one of `upstream`, `split`, `handler`, `redirect` and `respond`. */
  oneOfTwo: 'CFG016',
  /** Two routes with one name. */
  repeatedName: 'CFG017',
  /** Two routes that answer the same requests. */
  conflict: 'CFG018',
  /** The same plugin twice in one list. */
  repeatedPlugin: 'CFG019',
  /** A priority for a phase in which the plugin does nothing. */
  unknownPhase: 'CFG020',
  /** The plugin refuses its options. */
  refusedOptions: 'CFG021',
  /** A plugin needs another one before or after it, which is not there or stands elsewhere. */
  unmetNeed: 'CFG022',
  /** What is said of a listener cannot hold together, or not beside another. */
  contradiction: 'CFG030',
  /** A warning: no route uses this upstream. */
  unusedUpstream: 'CFG101',
  /** A warning: an earlier route answers everything that this one could. */
  shadowedRoute: 'CFG102',
  /** A warning: for some hosts another route takes all paths that begin as this one. */
  shadowedPath: 'CFG103',
  /** A warning: certificates of an upstream are not verified. */
  unverified: 'CFG110',
  /** A warning: addresses of clients count, and all clients have the address of a proxy. */
  sharedAddress: 'CFG111',
  /** A warning: a body may be so large that it is as if there were no limit. */
  unlimitedBody: 'CFG112',
} as const;

/** The name of a code, as `report` takes it. */
export type ProblemKind = keyof typeof problemCodes;

/** Where something stands in a file; both count from 1. */
export interface Place {
  /** The line. */
  readonly line: number;
  /** The column, in UTF-16 units. */
  readonly column: number;
}

/** One fault of a config file. */
export interface Problem extends Place {
  /** The file, as it was named by the caller. */
  readonly file: string;
  /** An error stops the gateway from starting; a warning does not. */
  readonly severity: 'error' | 'warning';
  /** Stable across releases, unlike the message. */
  readonly code: string;
  /** The way to the fault inside the document, such as `routes[2].upstream`; empty for the whole. */
  readonly path: string;
  /** What was expected and what came. Never the value of a secret or of an environment variable. */
  readonly message: string;
  /** The word that was probably meant. */
  readonly suggestion?: string;
}

/** A problem as one line: `file:line:column error CFG012 path: message — did you mean "x"?` */
export function formatProblem(problem: Problem): string {
  const { file, line, column, severity, code, path, message, suggestion } = problem;
  const where = path === '' ? '' : ` ${path}`;
  const hint = suggestion === undefined ? '' : ` — did you mean "${suggestion}"?`;
  return `${file}:${line}:${column} ${severity} ${code}${where}: ${message}${hint}`;
}

/** What a problem is about: a node of the document, or anything else with a place and a path. */
export interface At {
  /** Where it stands. */
  readonly place: Place;
  /** The way to it. */
  readonly path: string;
}

/** The message of a problem, with the word that was probably meant if there is one. */
export type Said = string | { readonly message: string; readonly meant: string | undefined };

/** Takes down what is wrong while a document is read. */
export interface Report {
  /** The errors and warnings so far, each once, in the order of the file. */
  readonly problems: () => readonly Problem[];
  /** Takes down an error; gives nothing, as whoever meets one has nothing to give. */
  readonly error: (kind: ProblemKind, at: At, said: Said) => undefined;
  /** Takes down a warning. */
  readonly warning: (kind: ProblemKind, at: At, message: string) => void;
  /** How many errors there are so far. */
  readonly errors: () => number;
}

/** A report on the file of this name. */
export function createReport(file: string): Report {
  const found = new Map<string, Problem>();
  let errors = 0;
  function add(
    kind: ProblemKind,
    { place, path }: At,
    rest: Omit<Problem, keyof Place | 'file' | 'code' | 'path'>,
  ): void {
    const problem: Problem = { file, ...place, code: problemCodes[kind], path, ...rest };
    if (problem.severity === 'error') errors++;
    found.set(formatProblem(problem), problem);
  }
  return {
    problems: () => [...found.values()].toSorted((a, b) => a.line - b.line || a.column - b.column),
    error(kind, at, said) {
      const { message, meant } =
        typeof said === 'string' ? { message: said, meant: undefined } : said;
      add(kind, at, {
        severity: 'error',
        message,
        ...(meant === undefined ? {} : { suggestion: meant }),
      });
      return undefined;
    },
    warning: (kind, at, message) => add(kind, at, { severity: 'warning', message }),
    errors: () => errors,
  };
}
