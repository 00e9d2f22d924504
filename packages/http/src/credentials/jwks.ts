/** Keys that somebody publishes at an address (RFC 7517): fetched when needed, kept for a while, and fetched anew when one is missing. */
import type { Clock } from '@interpose/kernel';
import { HttpError } from '../errors.ts';

/** A set of public keys. */
export interface KeySet {
  readonly keys: readonly Readonly<Record<string, unknown>>[];
}

/** How keys are fetched and kept. */
export interface RemoteKeysOptions {
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>;
  readonly clock: Clock;
  /** How long a set is used before it is fetched again. */
  readonly cacheMs: number;
  /** How long after an attempt the next may follow, whatever tokens come. */
  readonly cooldownMs: number;
  /** How long a set may be used beyond `cacheMs` while none can be fetched. */
  readonly staleMs: number;
  /** How long an attempt may take. */
  readonly timeoutMs: number;
}

const MOST_LENGTH = 512 * 1024;

/** The keys at one address. */
export class RemoteKeys {
  readonly #url: string;
  readonly #options: RemoteKeysOptions;
  #set: KeySet | undefined;
  #fetchedMs = -Infinity;
  #triedMs = -Infinity;
  #loading: Promise<KeySet> | undefined;

  constructor(url: string, options: RemoteKeysOptions) {
    this.#url = url;
    this.#options = options;
  }

  /**
   * The keys.
   *
   * @throws HttpError 503 if there are none and none can be had
   */
  async current(): Promise<KeySet> {
    const { clock, cacheMs, staleMs } = this.#options;
    const ageMs = clock.now() - this.#fetchedMs;
    if (this.#set && ageMs < cacheMs) return this.#set;
    const kept = ageMs < cacheMs + staleMs ? this.#set : undefined;
    if (this.#isCooling && !this.#loading) {
      if (kept) return kept;
      throw unavailable(undefined);
    }
    try {
      return await this.#load();
    } catch (error) {
      if (kept) return kept;
      throw unavailable(error);
    }
  }

  /** The keys anew, as one was missing; nothing if they were fetched only just now, or cannot be had. */
  async renewed(): Promise<KeySet | undefined> {
    if (this.#isCooling && !this.#loading) return undefined;
    return this.#load().catch(() => undefined);
  }

  get #isCooling(): boolean {
    return this.#options.clock.now() - this.#triedMs < this.#options.cooldownMs;
  }

  /** All who ask at one time wait for one answer. */
  #load(): Promise<KeySet> {
    return (this.#loading ??= this.#fetch().finally(() => (this.#loading = undefined)));
  }

  async #fetch(): Promise<KeySet> {
    const { clock, fetch, timeoutMs } = this.#options;
    this.#triedMs = clock.now();
    const controller = new AbortController();
    const cancel = clock.setTimer(
      () => controller.abort(new Error(`No keys came in ${timeoutMs} ms`)),
      timeoutMs,
    );
    try {
      const answer = await fetch(this.#url, {
        headers: { Accept: 'application/jwk-set+json, application/json' },
        // Whoever may publish keys is who was named, and nobody else.
        redirect: 'error',
        signal: controller.signal,
      });
      if (answer.status !== 200) throw new Error(`Keys were answered with ${answer.status}`);
      const set = keySetOf(await limitedText(answer));
      this.#set = set;
      this.#fetchedMs = clock.now();
      return set;
    } finally {
      cancel();
    }
  }
}

async function limitedText(answer: Response): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  for await (const chunk of (answer.body ?? []) as AsyncIterable<Uint8Array>) {
    text += decoder.decode(chunk, { stream: true });
    if (text.length > MOST_LENGTH) throw new Error('The keys are too long to be keys');
  }
  return text + decoder.decode();
}

function keySetOf(text: string): KeySet {
  const set = JSON.parse(text) as unknown;
  if (isKeySet(set)) return set;
  throw new Error('What was fetched is no set of keys');
}

/** True for an object that can be a set of keys. */
export function isKeySet(set: unknown): set is KeySet {
  const { keys } = (set ?? {}) as { readonly keys?: unknown };
  return Array.isArray(keys) && keys.every((key) => typeof key === 'object' && key !== null);
}

const unavailable = (cause: unknown): HttpError =>
  new HttpError(503, 'Tokens cannot be checked at present', { code: 'KEYS_UNAVAILABLE', cause });
