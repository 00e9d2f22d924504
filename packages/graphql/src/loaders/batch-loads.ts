/** BatchLoads: one load function in one operation: a loader for each selection of fields, made when it is asked for. */
import { isThenable } from '@interpose/kernel';
import { unexpected } from '@interpose/kernel/options';
import { reportFailure } from '@interpose/kernel/unharmed';
import { BatchShapeError } from '@interpose/resilience';
import DataLoader from 'dataloader';
import type { Load, LoadContext, LoadFunction, LoadSpec, Wanted } from './load.ts';
import { selectedFields } from './selected-fields.ts';

/** Says when a batch that has begun is to be loaded, by calling what it is given. */
export type Schedule = (dispatch: () => void) => void;

/** A load function with its name, and all that has been left out. */
export interface ReadySpec extends Required<Omit<LoadSpec, 'load'>> {
  readonly name: string;
  readonly load: LoadFunction<unknown, unknown>;
  readonly schedule: Schedule | undefined;
}

type Loader = DataLoader<unknown, unknown, unknown>;

/** Everything loaded under one name. All fields are loaded under the selection ''. */
export class BatchLoads {
  readonly #spec: ReadySpec;
  readonly #context: unknown;
  readonly #loaders = new Map<string, Loader>();
  /** What is known with all its fields, and so answers for any selection. */
  readonly #whole = new Map<unknown, Promise<unknown>>();

  constructor(spec: ReadySpec, context: unknown) {
    this.#spec = spec;
    this.#context = context;
  }

  /** One load, as resolvers have it. */
  face(): Load<unknown, unknown> {
    return Object.assign((key: unknown, wanted?: Wanted) => this.#load(key, wanted), {
      many: (keys: readonly unknown[], wanted?: Wanted) => {
        const asError = (error: unknown): Error =>
          error instanceof Error ? error : new Error(String(error), { cause: error });
        return Promise.all(keys.map((key) => this.#load(key, wanted).catch(asError)));
      },
      clear: (key: unknown) => {
        for (const loader of this.#loaders.values()) loader.clear(key);
      },
      clearAll: () => this.clearAll(),
      prime: (key: unknown, value: unknown) => void this.#loaderFor('').prime(key, value),
    });
  }

  clearAll(): void {
    for (const loader of this.#loaders.values()) loader.clearAll();
  }

  #load(key: unknown, wanted: Wanted | undefined): Promise<unknown> {
    const { name, cacheKey, cache } = this.#spec;
    if (key === undefined || key === null) {
      return Promise.reject(unexpected(`the key of "${name}"`, 'there', key));
    }
    try {
      const fields = fieldsOf(wanted);
      const known = cache && fields !== '' && this.#whole.has(cacheKey(key as never));
      return this.#loaderFor(known ? '' : fields).load(key);
    } catch (error) {
      return Promise.reject(error as Error);
    }
  }

  #loaderFor(selection: string): Loader {
    let loader = this.#loaders.get(selection);
    if (!loader) {
      loader = this.#make(selection);
      this.#loaders.set(selection, loader);
    }
    return loader;
  }

  #make(selection: string): Loader {
    const { name, load, maxBatchSize, cacheKey, cache, schedule } = this.#spec;
    const fields = selection === '' ? undefined : selection.split(' ');
    const about: LoadContext = { context: this.#context, fields };
    const whole = selection === '' ? { cacheMap: this.#whole } : {};
    const loadAll = async (keys: readonly unknown[]): Promise<readonly unknown[]> => {
      const values: unknown = await load(keys, about);
      const got = Array.isArray(values) ? values.length : undefined;
      if (got !== keys.length) throw new BatchShapeError(name, keys.length, got);
      return values as readonly unknown[];
    };
    return new DataLoader(loadAll, {
      name,
      maxBatchSize,
      cacheKeyFn: cacheKey as (key: unknown) => unknown,
      ...(cache ? whole : { cache: false }),
      ...(schedule && { batchScheduleFn: patient(schedule) }),
    });
  }
}

/** A selection as text: names of fields have no spaces. */
function fieldsOf(wanted: Wanted | undefined): string {
  if (wanted === undefined) return '';
  if ('fieldNodes' in wanted) return selectedFields(wanted).join(' ');
  const fields: readonly string[] = wanted.fields;
  const good = Array.isArray(fields) && fields.every((one) => /^[^\s]+$/.test(String(one)));
  if (!good) throw unexpected('fields', 'a list of names', fields);
  return [...new Set<string>(fields)].toSorted().join(' ');
}

/** A schedule that cannot lose a batch: neither by acting before the batch has begun, nor twice, nor by throwing. */
function patient(schedule: Schedule): Schedule {
  return (dispatch) => {
    let begun = false;
    let done = false;
    const once = (): void => {
      if (done) return;
      done = true;
      if (begun) dispatch();
      else queueMicrotask(dispatch);
    };
    const failed = (error: unknown): void => {
      reportFailure(error);
      once();
    };
    try {
      const said: unknown = schedule(once);
      if (isThenable(said)) said.then(undefined, failed);
    } catch (error) {
      failed(error);
    }
    begun = true;
  };
}
