/** PropertyBag: what an organization, or one request, keeps under names or typed tokens. */
import { CodedError } from '@interpose/kernel';

/** A name that nobody else can have, which knows the type of what is kept under it. */
export class PropertyToken<T> {
  readonly name: string;
  /** Only for the compiler. */
  declare readonly type?: T;

  constructor(name: string) {
    this.name = name;
  }
}

/** Nothing is kept under a name. */
export class MissingPropertyError extends CodedError {
  static override readonly code: string = 'MISSING_PROPERTY';

  constructor(name: string) {
    super(`Property "${name}" is not there; set it with setProperty(), or ask with hasProperty().`);
  }
}

/** Values by name or by token. */
export class PropertyBag {
  readonly #values = new Map<string | PropertyToken<unknown>, unknown>();

  setProperty<T>(name: string | PropertyToken<T>, value: T): void {
    this.#values.set(name, value);
  }

  /** @throws MissingPropertyError if there is none */
  getProperty<T>(name: string | PropertyToken<T>): T {
    if (!this.#values.has(name)) {
      throw new MissingPropertyError(typeof name === 'string' ? name : name.name);
    }
    return this.#values.get(name) as T;
  }

  hasProperty(name: string | PropertyToken<unknown>): boolean {
    return this.#values.has(name);
  }

  /** Tells whether there was one. */
  removeProperty(name: string | PropertyToken<unknown>): boolean {
    return this.#values.delete(name);
  }
}
