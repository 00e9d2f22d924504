/** memoryRecords: what is known of jobs, in the memory of this process. */
import type { Clock } from '@interpose/kernel';
import { systemClock } from '@interpose/kernel/clock';
import { checkMs, checkNames, checkWhole, unexpected } from '@interpose/kernel/options';
import type { JobRecord, JobRecordQuery, JobRecords } from './job-records.ts';

/** Records in memory, which answer at once. */
export interface MemoryRecords extends JobRecords {
  open(record: JobRecord): void;
  write(record: JobRecord): void;
  get(queue: string, id: string): JobRecord | undefined;
  list(query?: JobRecordQuery): readonly JobRecord[];
}

/** Options of `memoryRecords`. */
export interface MemoryRecordsOptions {
  /** How many there may be; one more drops the one that ended first, and else the oldest. @default 10_000 */
  readonly maxRecords?: number;
  /** How long a job is remembered after it has ended. @default for as long as there is room */
  readonly keepMs?: number;
  /** @default systemClock */
  readonly clock?: Clock;
}

const STATUSES: readonly unknown[] = ['queued', 'running', 'succeeded', 'failed'];

/**
 * Keeps records in the memory of this process.
 *
 * @throws TypeError or RangeError for options out of range
 * @example
 * const records = memoryRecords();
 * createWorker(driver, pipeline<JobContext, void>().use(jobTracking({ records })).handle(send), { queue: 'mail' });
 * records.list({ queue: 'mail', status: 'failed' });
 */
export function memoryRecords(options: MemoryRecordsOptions = {}): MemoryRecords {
  checkNames('memoryRecords()', options, ['maxRecords', 'keepMs', 'clock']);
  const { clock = systemClock, keepMs } = options;
  const maxRecords = checkWhole('maxRecords', options.maxRecords ?? 10_000, 1);
  if (keepMs !== undefined) checkMs('keepMs', keepMs, 1);
  // A Map keeps the order of insertion: the first of those that have ended is the one that ended first.
  const live = new Map<string, JobRecord>();
  const ended = new Map<string, { readonly record: JobRecord; readonly untilMs: number }>();

  const dropExpired = (): void => {
    for (const [key, { untilMs }] of ended) {
      if (untilMs > clock.now()) return;
      ended.delete(key);
    }
  };
  const write = (record: JobRecord): void => {
    const key = keyOf(record.queue, record.id);
    dropExpired();
    ended.delete(key);
    const isLive = record.status === 'queued' || record.status === 'running';
    if (!isLive) live.delete(key);
    if (!live.has(key) && live.size + ended.size >= maxRecords) {
      const shelf = ended.size > 0 ? ended : live;
      shelf.delete(shelf.keys().next().value as string);
    }
    if (isLive) live.set(key, record);
    else ended.set(key, { record, untilMs: clock.now() + (keepMs ?? Infinity) });
  };
  const get = (queue: string, id: string): JobRecord | undefined => {
    dropExpired();
    const key = keyOf(queue, id);
    return live.get(key) ?? ended.get(key)?.record;
  };

  return {
    open(record) {
      if (!get(record.queue, record.id)) write(record);
    },
    write,
    get,
    list(query = {}) {
      const { matches, offset, limit } = checkedQuery(query);
      dropExpired();
      const all = [...live.values(), ...[...ended.values()].map(({ record }) => record)];
      const found = all.filter(matches).toSorted((one, other) => other.queuedAtMs - one.queuedAtMs);
      return found.slice(offset, offset + limit);
    },
  };
}

function checkedQuery(query: JobRecordQuery) {
  checkNames('list()', query, ['id', 'queue', 'name', 'status', 'offset', 'limit']);
  const { id, queue, name, status } = query;
  if (status !== undefined && !STATUSES.includes(status)) {
    throw unexpected('status', `'queued', 'running', 'succeeded' or 'failed'`, status);
  }
  return {
    offset: checkWhole('offset', query.offset ?? 0),
    limit: checkWhole('limit', query.limit ?? 100),
    matches: (record: JobRecord): boolean =>
      (id === undefined || record.id === id) &&
      (queue === undefined || record.queue === queue) &&
      (name === undefined || record.name === name) &&
      (status === undefined || record.status === status),
  };
}

const keyOf = (queue: string, id: string): string => JSON.stringify([queue, id]);
