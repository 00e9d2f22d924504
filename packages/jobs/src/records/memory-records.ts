/** memoryRecords: what is known of jobs, in the memory of this process. */
import type { Clock } from '@interpose/kernel';
import { systemClock } from '@interpose/kernel/clock';
import { checkMs, checkNames, checkWhole, unexpected } from '@interpose/kernel/options';
import { Chain, type Link } from '../memory-driver/chain.ts';
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

/** A record in its place. */
interface Kept extends Link<Kept> {
  readonly key: string;
  record: JobRecord;
  readonly isLive: boolean;
  /** When it is forgotten. */
  readonly untilMs: number;
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
  const kept = new Map<string, Kept>();
  // To look for the first of a Map takes ever longer where the first ones have been deleted; a chain knows it.
  const live = new Chain<Kept>();
  const ended = new Chain<Kept>();

  const drop = (one: Kept): void => {
    (one.isLive ? live : ended).remove(one);
    kept.delete(one.key);
  };
  const dropExpired = (): void => {
    if (keepMs === undefined) return;
    const nowMs = clock.now();
    for (let { first } = ended; first && first.untilMs <= nowMs; { first } = ended) drop(first);
  };
  const write = (record: JobRecord): void => {
    const key = keyOf(record.queue, record.id);
    dropExpired();
    const isLive = record.status === 'queued' || record.status === 'running';
    const old = kept.get(key);
    if (old?.isLive && isLive) {
      old.record = record;
      return;
    }
    if (old) drop(old);
    const oldest = kept.size >= maxRecords ? (ended.first ?? live.first) : undefined;
    if (oldest) drop(oldest);
    const untilMs = isLive || keepMs === undefined ? Infinity : clock.now() + keepMs;
    const one: Kept = { key, record, isLive, untilMs, before: undefined, after: undefined };
    kept.set(key, one);
    (isLive ? live : ended).addLast(one);
  };
  const get = (queue: string, id: string): JobRecord | undefined => {
    dropExpired();
    return kept.get(keyOf(queue, id))?.record;
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
      const all = [...live, ...ended].map(({ record }) => record);
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

/** The length tells where the name of the queue ends. */
const keyOf = (queue: string, id: string): string => `${queue.length} ${queue} ${id}`;
