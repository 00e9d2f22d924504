/** Names for operations: those that are given or made of method and path, each once in a document. */
import { segmentsOf } from '../routes/path-pattern.ts';
import type { RouteInfo } from '../app.ts';

/** Gives each operation a name of its own. */
export class OperationIds {
  readonly #taken = new Set<string>();
  readonly #warnings: string[];

  /** Warnings go into the list. */
  constructor(warnings: string[]) {
    this.#warnings = warnings;
  }

  /** The name for one method of a route. `isOne` says that it is the only one. */
  take({ path, options }: RouteInfo, method: string, isOne: boolean): string {
    const { operationId, name } = options;
    const given =
      operationId ?? (name !== undefined && /^[A-Za-z_]\w*$/.test(name) ? name : undefined);
    const wish = given === undefined ? made(method, path) : isOne ? given : `${given}_${method}`;
    let id = wish;
    for (let number = 2; this.#taken.has(id); number++) id = `${wish}_${number}`;
    if (id !== wish && operationId !== undefined) {
      this.#warnings.push(
        `${method.toUpperCase()} ${path}: "${wish}" names another operation; it is ${id}`,
      );
    }
    this.#taken.add(id);
    return id;
  }
}

/** GET /users/:id as `getUsersById`. */
function made(method: string, path: string): string {
  const words = segmentsOf(path).map((part) => {
    if (part === '*') return 'Rest';
    return /^:|^\{.*\}$/.test(part) ? `By${capital(part)}` : capital(part);
  });
  return method + (words.join('') || 'Root');
}

const capital = (text: string): string =>
  text
    .split(/[^A-Za-z\d]+/)
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join('');
