/** Puts what stands outside of a config into its texts: `${NAME}`, `${NAME:-default}`, `${file:/path}`, and `$${` for a plain `${`. */
import type { Fault } from './source.ts';

/** The environment: names and values. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Where the values of variables come from. */
export interface Outside {
  readonly environment: Environment;
  /**
   * Gives the text of a file.
   *
   * @throws Error whose message says why there is none, as `there is no such file`
   */
  readonly readSecret: (path: string) => string;
}

/** Text with its variables put in, or what was wrong with them. */
export interface Substituted {
  /** The text; where a variable was missing, nothing stands in its place. */
  readonly text: string;
  /** True if a variable was put in. */
  readonly changed: boolean;
  /** One for each variable that could not be put in. */
  readonly faults: readonly Fault[];
}

const VARIABLE =
  /\$\$\{|\$\{([A-Za-z_]\w*)(?::-([^}]*))?\}|\$\{file:((?:(?!:-)[^}])*)(?::-([^}]*))?\}|\$\{/g;
const MISWRITTEN: Fault = {
  kind: 'badVariable',
  message: 'expected ${NAME}, ${NAME:-default} or ${file:/path}; write $${ for a plain ${',
};

/** Puts the variables into the text. An empty one counts as a missing one. */
export function substitute(text: string, outside: Outside): Substituted {
  if (!text.includes('${')) return { text, changed: false, faults: [] };
  const faults: Fault[] = [];
  let changed = false;
  const result = text.replace(VARIABLE, (all, ...[name, instead, file, instead2]: Groups) => {
    if (all === '$${') return '${';
    const found = name === undefined ? fromFile(file, outside) : fromName(name, outside);
    const value = found.value ?? (found.fault === MISWRITTEN ? undefined : (instead ?? instead2));
    changed ||= value !== undefined;
    if (value === undefined) faults.push(found.fault as Fault);
    return value ?? '';
  });
  return { text: result, changed, faults };
}

type Groups = readonly (string | undefined)[];

/** A value, or why there is none. */
interface Found {
  readonly value?: string;
  readonly fault?: Fault;
}

function fromName(name: string, { environment }: Outside): Found {
  const value = Object.hasOwn(environment, name) ? environment[name] : undefined;
  if (value !== undefined && value !== '') return { value };
  const state = value === undefined ? 'not set' : 'empty';
  const way = `set it, or give a default: \${${name}:-default}`;
  const message = `the environment variable ${name} is ${state}; ${way}`;
  return { fault: { kind: 'noVariable', message } };
}

function fromFile(file: string | undefined, { readSecret }: Outside): Found {
  if (file === undefined || file === '') return { fault: MISWRITTEN };
  const fault = (why: string): Found => ({
    fault: { kind: 'noFile', message: `the file ${file} gives no value: ${why}` },
  });
  try {
    const value = readSecret(file);
    return value === '' ? fault('it is empty') : { value };
  } catch (error) {
    return fault(error instanceof Error ? error.message : String(error));
  }
}
