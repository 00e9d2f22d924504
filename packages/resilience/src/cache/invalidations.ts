/** Invalidations: tells whether a result that was begun at some moment has been overtaken by an invalidation since. */

/** So many names are remembered one by one. */
const MOST_NAMES = 1000;

/** What has been invalidated of late. Its moments are numbers that grow with each invalidation. */
export class Invalidations {
  #now = 0;
  /** Everything that was begun before is taken for overtaken: its names are remembered no longer. */
  #floor = 0;
  readonly #last = new Map<string, number>();

  /** The moment of now, to be asked about later. */
  get now(): number {
    return this.#now;
  }

  /** A key is invalid from now on. */
  addKey(key: string): void {
    this.#add(`key ${key}`);
  }

  /** A tag is invalid from now on. */
  addTag(tag: string): void {
    this.#add(`tag ${tag}`);
  }

  /** Everything is invalid from now on. */
  addAll(): void {
    this.#floor = ++this.#now;
    this.#last.clear();
  }

  /** True if the key or one of the tags was invalidated after this moment. In doubt it is. */
  overtook(sinceMoment: number, key: string, tags: readonly string[]): boolean {
    if (sinceMoment === this.#now) return false;
    if (sinceMoment < this.#floor) return true;
    const after = (name: string): boolean => (this.#last.get(name) ?? 0) > sinceMoment;
    return after(`key ${key}`) || tags.some((tag) => after(`tag ${tag}`));
  }

  #add(name: string): void {
    if (this.#last.size >= MOST_NAMES && !this.#last.has(name)) return this.addAll();
    this.#last.set(name, ++this.#now);
  }
}
