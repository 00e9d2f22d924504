/** SpecProblem: what is wrong with an OpenAPI document, or cannot be taken over from it. */

/** One fault of a document. */
export interface SpecProblem {
  readonly file: string;
  /** The way to it in the document, as a JSON pointer; empty for the whole. */
  readonly path: string;
  /** An error leaves nothing to use; after a warning something is missing. */
  readonly severity: 'error' | 'warning';
  readonly message: string;
}

/** A problem as one line. */
export function formatSpecProblem({ file, path, severity, message }: SpecProblem): string {
  return `${file}${path ? `#${path}` : ''} ${severity}: ${message}`;
}

/** Takes down what is wrong with one document. */
export class SpecReport {
  readonly problems: SpecProblem[] = [];
  readonly file: string;

  constructor(file: string) {
    this.file = file;
  }

  /** Gives nothing, as whoever meets an error has nothing to give. */
  error(path: string, message: string): undefined {
    this.problems.push({ file: this.file, path, severity: 'error', message });
    return undefined;
  }

  warning(path: string, message: string): undefined {
    this.problems.push({ file: this.file, path, severity: 'warning', message });
    return undefined;
  }
}

/** The way to a key below another way. */
export function below(path: string, key: string | number): string {
  return `${path}/${String(key).replaceAll('~', '~0').replaceAll('/', '~1')}`;
}
