/** ConfigTags: by what a client says which config it knows. */

/** Tags of configs: the same for the same one, and nothing about its content, which has secrets. */
export class ConfigTags {
  readonly #tags = new WeakMap<object, string>();
  /** Another process must never give the same tag to another config. */
  readonly #own = crypto.randomUUID();
  #count = 0;

  of(config: object): string {
    const known = this.#tags.get(config);
    if (known !== undefined) return known;
    const tag = `"${this.#own}-${++this.#count}"`;
    this.#tags.set(config, tag);
    return tag;
  }
}
