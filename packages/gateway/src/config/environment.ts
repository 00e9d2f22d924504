/** Puts environment variables into text: `${NAME}`, `${NAME:-default}`, and `$${` for a plain `${`. */
import type { Fault } from './source.ts';

/** The environment: names and values. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Text with its variables put in, or what was wrong with them. */
export interface Substituted {
  /** The text; where a variable was missing, nothing stands in its place. */
  readonly text: string;
  /** True if a variable was put in. */
  readonly changed: boolean;
  /** One for each variable that could not be put in. */
  readonly faults: readonly Fault[];
}

const VARIABLE = /\$\$\{|\$\{([A-Za-z_]\w*)(?::-([^}]*))?\}|\$\{/g;

/** Puts the variables of the environment into the text. An empty variable counts as a missing one. */
export function substitute(text: string, environment: Environment): Substituted {
  if (!text.includes('${')) return { text, changed: false, faults: [] };
  const faults: Fault[] = [];
  let changed = false;
  const result = text.replace(VARIABLE, (all, name?: string, instead?: string) => {
    if (all === '$${') return '${';
    if (name === undefined) {
      faults.push({
        kind: 'badVariable',
        message: 'expected ${NAME} or ${NAME:-default}; write $${ for a plain ${',
      });
      return '';
    }
    changed = true;
    const value = Object.hasOwn(environment, name) ? environment[name] : undefined;
    if (value !== undefined && value !== '') return value;
    if (instead !== undefined) return instead;
    const state = value === undefined ? 'not set' : 'empty';
    const way = `set it, or give a default: \${${name}:-default}`;
    faults.push({
      kind: 'noVariable',
      message: `the environment variable ${name} is ${state}; ${way}`,
    });
    return '';
  });
  return { text: result, changed, faults };
}
