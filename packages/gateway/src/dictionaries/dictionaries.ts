/** The dictionaries that a gateway has: which there must be, how large they are, what is in them at the start. */
import type { Clock } from '@interpose/kernel';
import { RequiredDictionaryError } from '../errors.ts';
import type { Logger } from '../logger.ts';
import { MemoryDictionary } from './memory-dictionary.ts';
import type { SharedDictionary } from './shared-dictionary.ts';

/** What there must be, and what each is for. */
export const REQUIRED_DICTIONARIES = {
  stats: 'runtime statistics',
  metrics: 'performance metrics',
  config_cache: 'configuration cache',
  rate_limit: 'rate limiting data',
  ip_blacklist: 'IP blocking list',
  worker_events: 'worker communication',
} as const;

/** The name of a dictionary that there must be. */
export type RequiredDictionary = keyof typeof REQUIRED_DICTIONARIES;

/** Dictionaries by their names: those that there must be, and perhaps more. */
export type Dictionaries = Readonly<Record<RequiredDictionary, SharedDictionary>> &
  Readonly<Record<string, SharedDictionary | undefined>>;

/** How large a dictionary is if nobody says. */
const CAPACITY_BYTES: Readonly<Record<RequiredDictionary, number>> = {
  stats: 1024 * 1024,
  metrics: 10 * 1024 * 1024,
  config_cache: 10 * 1024 * 1024,
  rate_limit: 10 * 1024 * 1024,
  ip_blacklist: 10 * 1024 * 1024,
  worker_events: 1024 * 1024,
};

const names = Object.keys(REQUIRED_DICTIONARIES) as readonly RequiredDictionary[];

/** All dictionaries that there must be, in the memory of this process, and those that a config adds. */
export function memoryDictionaries(
  clock: Clock,
  capacities: Readonly<Record<string, number>> = {},
): Dictionaries {
  const all = { ...CAPACITY_BYTES, ...capacities };
  const made = Object.entries(all).map(
    ([name, capacityBytes]) =>
      [name, new MemoryDictionary(name, { capacityBytes, clock })] as const,
  );
  return Object.fromEntries(made) as unknown as Dictionaries;
}

/** The names of those that are missing. Each is told to the log. */
export function missingDictionaries(
  dictionaries: Readonly<Record<string, SharedDictionary | undefined>>,
  logger: Logger,
): readonly RequiredDictionary[] {
  const missing = names.filter((name) => !Object.hasOwn(dictionaries, name));
  for (const name of missing) logger.error({ message: new RequiredDictionaryError(name).message });
  return missing;
}

/**
 * Makes sure that all are there, and puts the first values into them.
 *
 * @throws RequiredDictionaryError for the first that is missing
 */
export async function startDictionaries(
  dictionaries: Readonly<Record<string, SharedDictionary | undefined>>,
  { clock, logger }: { readonly clock: Clock; readonly logger: Logger },
): Promise<void> {
  const [missing] = missingDictionaries(dictionaries, logger);
  if (missing) throw new RequiredDictionaryError(missing);
  const { stats, metrics } = dictionaries as Dictionaries;
  await stats.add('start_time', clock.wall());
  await stats.add('total_requests', 0);
  await stats.add('active_connections', 0);
  await metrics.add('requests_per_second', 0);
  await metrics.add('average_response_time', 0);
}
