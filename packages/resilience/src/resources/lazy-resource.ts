/** LazyResource: something that is loaded when it is first asked for, and once. */
import type { Awaitable } from '@interpose/kernel';
import { checkNames, unexpected } from '@interpose/kernel/options';
import { DisposedError } from '../errors.ts';
import { checkFunction } from '../policy.ts';
import { throwIfAborted } from '../scope.ts';
import { endOfWait, unlessAborted, type WaitOptions } from './wait.ts';

/** Options of a `LazyResource`. */
export interface LazyResourceOptions<T> {
  /** Names it in errors. @default 'resource' */
  readonly name?: string;
  /** Ends what was loaded, once nobody shall use it any more. @default nothing is done */
  readonly dispose?: (resource: T) => Awaitable<unknown>;
}

/**
 * Loads nothing until it is asked; then once, for all who ask at the same time and later. A load that fails fails for all
 * who wait for it, and whoever asks next tries again. A caller who gives up does not stop the load.
 *
 * @example
 * const model = new LazyResource(() => loadModel('spam.onnx'));
 * const verdict = (await model.get()).predict(mail);
 */
export class LazyResource<T> {
  readonly #loader: () => Awaitable<T>;
  readonly #name: string;
  readonly #dispose: ((resource: T) => Awaitable<unknown>) | undefined;
  #load: Load<T> | undefined;
  #isDisposed = false;
  #disposal: Promise<void> | undefined;

  /** @throws TypeError for an argument of another kind */
  constructor(loader: () => Awaitable<T>, options: LazyResourceOptions<T> = {}) {
    if (typeof loader !== 'function') throw unexpected('loader', 'a function', loader);
    checkNames('new LazyResource()', options, ['name', 'dispose']);
    const { name = 'resource', dispose } = options;
    if (typeof name !== 'string' || name === '') throw unexpected('name', 'a name', name);
    checkFunction('dispose', dispose);
    this.#loader = loader;
    this.#name = name;
    this.#dispose = dispose;
  }

  /** True once it is there; `null`, `undefined` and `0` are there like anything else. */
  get isLoaded(): boolean {
    return this.#load?.loaded !== undefined;
  }

  /**
   * The resource, loaded if it is not there yet.
   *
   * @throws what the loader throws; the reason of a caller who gave up; DisposedError
   */
  async get(options: WaitOptions = {}): Promise<T> {
    const end = endOfWait(options);
    throwIfAborted(end);
    for (;;) {
      if (this.#isDisposed) throw new DisposedError(this.#name);
      const load = this.#load ?? this.#start();
      const loaded = load.loaded ?? (await unlessAborted(load.told, end));
      if (loaded && !load.isForgotten) return loaded.value;
    }
  }

  /**
   * Forgets the resource and disposes of it; whoever asks next gets a new one, and so does whoever waits for one that is
   * still being loaded. Resolves when the old one has been disposed of.
   *
   * @throws what `dispose` throws
   */
  async reset(): Promise<void> {
    const load = this.#load;
    if (!load) return;
    this.#load = undefined;
    load.forget();
    const loaded = load.loaded ?? (await load.arrived.catch(() => undefined));
    if (loaded) await this.#dispose?.(loaded.value);
  }

  /**
   * Disposes of the resource for good: whoever asks later, or still waits, gets a DisposedError. Resolves when that is done,
   * also for one that is still being loaded.
   *
   * @throws what `dispose` throws
   */
  dispose(): Promise<void> {
    this.#isDisposed = true;
    this.#disposal ??= this.reset();
    return this.#disposal;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.dispose();
  }

  #start(): Load<T> {
    const load = new Load<T>(() => {
      if (this.#load === load) this.#load = undefined;
    });
    // A loader that asks for what it loads must find that it is being loaded.
    this.#load = load;
    load.begin(this.#loader);
    return load;
  }
}

/** One run of the loader. */
class Load<T> {
  loaded: { readonly value: T } | undefined;
  isForgotten = false;
  /** For those who wait: what was loaded, or nothing if that has been forgotten. */
  readonly told: Promise<{ readonly value: T } | undefined>;
  /** For whoever must dispose of it. */
  readonly arrived: Promise<{ readonly value: T }>;
  readonly #onFailure: () => void;
  #settle!: (loading: Promise<{ readonly value: T }>) => void;
  #forget!: () => void;

  constructor(onFailure: () => void) {
    this.#onFailure = onFailure;
    this.arrived = new Promise((resolve) => (this.#settle = resolve));
    const forgotten = new Promise<undefined>((resolve) => {
      this.#forget = () => resolve(undefined);
    });
    this.told = Promise.race([this.arrived, forgotten]);
    // Perhaps all who waited have given up.
    this.told.catch(() => {});
  }

  begin(loader: () => Awaitable<T>): void {
    this.#settle(this.#run(loader));
  }

  forget(): void {
    this.isForgotten = true;
    this.#forget();
  }

  async #run(loader: () => Awaitable<T>): Promise<{ readonly value: T }> {
    try {
      this.loaded = { value: await loader() };
      return this.loaded;
    } catch (error) {
      this.#onFailure();
      throw error;
    }
  }
}
