/** BlockedAddresses: the addresses that a gateway keeps out, those of its config and those that are put into the dictionary while it runs. */
import { AddressSet } from '@interpose/http';
import { type Awaitable, type Clock, isThenable } from '@interpose/kernel';
import type { SharedDictionary } from '../dictionaries/shared-dictionary.ts';

/** The entry with the ranges: a text of addresses and ranges with commas between them. */
export const BLOCKED_RANGES = 'ranges';

/** Where ranges come from. */
export interface BlockedSource {
  /** Those that are always blocked. */
  readonly always: readonly string[];
  readonly dictionary: SharedDictionary;
  /** How long it may take until a change of the dictionary counts. */
  readonly refreshMs: number;
  readonly clock: Clock;
  /** Is told why the entry cannot be used; then that of before still holds. */
  readonly onError: (error: unknown) => void;
}

/** Ranges that are looked up in a time that does not grow with their number, and read anew when the entry has changed. */
export class BlockedAddresses {
  readonly #always: AddressSet;
  readonly #source: BlockedSource;
  #listed: AddressSet | undefined;
  #text: unknown;
  #readAtMs = -Infinity;

  /** @throws TypeError for what is no address and no range */
  constructor(source: BlockedSource) {
    this.#source = source;
    this.#always = new AddressSet('ip-block.blocked', source.always);
  }

  /** Reads the entry. */
  load(): Awaitable<void> {
    const { clock, dictionary, onError } = this.#source;
    this.#readAtMs = clock.now();
    try {
      const text = dictionary.get(BLOCKED_RANGES);
      return isThenable(text) ? text.then((read) => this.#use(read), onError) : this.#use(text);
    } catch (error) {
      onError(error);
    }
  }

  /** True for an address that is kept out. */
  has(address: string): boolean {
    const { clock, refreshMs } = this.#source;
    // One that lives elsewhere answers while requests go on by what was known before.
    if (clock.now() - this.#readAtMs >= refreshMs) void this.load();
    return this.#always.has(address) || (this.#listed?.has(address) ?? false);
  }

  #use(text: unknown): void {
    if (text === this.#text) return;
    this.#text = text;
    try {
      const ranges = text === undefined ? [] : String(text).split(',');
      const named = ranges.map((range) => range.trim()).filter((range) => range !== '');
      this.#listed = named.length ? new AddressSet(BLOCKED_RANGES, named) : undefined;
    } catch (error) {
      this.#source.onError(error);
    }
  }
}
