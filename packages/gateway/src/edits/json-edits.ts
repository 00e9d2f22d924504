/** JsonEdits: changes of fields of a JSON body that a config asks for. */
import { unexpected } from '@interpose/kernel/options';

/** What is done, in this order. */
export interface JsonEditOptions {
  /** Fields that are taken out; `a.b` is the field `b` of the object in `a`, or of each object of the list in it. */
  readonly remove?: readonly string[] | undefined;
  /** Values by the names of fields at the top, in the place of whatever is there. */
  readonly set?: unknown;
}

/** Changes values that came as JSON. */
export class JsonEdits {
  readonly #remove: readonly (readonly string[])[];
  readonly #set: readonly (readonly [string, unknown])[];
  readonly isEmpty: boolean;

  /** @throws TypeError for what is no mapping of fields */
  constructor(option: string, { remove = [], set = {} }: JsonEditOptions) {
    if (!isObject(set)) throw unexpected(option, 'a mapping of fields to values', set);
    this.#remove = remove.map((way) => way.split('.'));
    this.#set = Object.entries(set);
    this.isEmpty = this.#remove.length === 0 && this.#set.length === 0;
  }

  /** The value with the changes; what is no object, and no list of objects, stays as it is. */
  apply(value: unknown): unknown {
    if (Array.isArray(value)) return value.map((item) => this.apply(item));
    if (!isObject(value)) return value;
    for (const way of this.#remove) drop(value, way);
    // Defined, so that no field can reach the prototype.
    for (const [name, set] of this.#set) {
      Object.defineProperty(value, name, {
        value: set,
        enumerable: true,
        configurable: true,
        writable: true,
      });
    }
    return value;
  }
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function drop(value: unknown, [name = '', ...rest]: readonly string[]): void {
  if (Array.isArray(value)) for (const item of value) drop(item, [name, ...rest]);
  else if (isObject(value) && Object.hasOwn(value, name)) {
    if (rest.length === 0) delete value[name];
    else drop(value[name], rest);
  }
}
