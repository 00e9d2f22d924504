/** The six things by hand, as peers on Node do them that bring none of them along. */
import { hash, randomUUID, timingSafeEqual } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { BlockList } from 'node:net';
import { BLOCKED, CONSUMER, KEY, LIMIT, LOG_FILE } from '../six-things.ts';

const DIGEST = hash('sha256', KEY, 'buffer');
const WINDOW_MS = 60_000;
const LOG_BYTES = 64 * 1024;

const blocked = new BlockList();
for (const range of BLOCKED) {
  const [address = '', bits] = range.split('/');
  blocked.addSubnet(address, Number(bits));
}

const counts = new Map<string, { window: number; used: number }>();
const metrics = { requests: 0, milliseconds: 0, byStatus: new Map<number, number>() };
const log = createWriteStream(LOG_FILE, { flags: 'a' });
let lines = '';

/** What is known of a request. */
export interface Passing {
  readonly id: string;
  readonly startedAt: number;
  /** What is left of the limit. */
  left: number;
}

/** What there is to look at. */
export interface Arriving {
  readonly address: string;
  readonly key: unknown;
}

/** A new request. */
export function begin(): Passing {
  return { id: randomUUID(), startedAt: performance.now(), left: LIMIT };
}

/** The status with which it is refused; 0 if it may pass. */
export function refusal(passing: Passing, { address, key }: Arriving): number {
  if (blocked.check(address)) return 403;
  if (typeof key !== 'string' || !timingSafeEqual(hash('sha256', key, 'buffer'), DIGEST)) {
    return 401;
  }
  const window = Math.floor(Date.now() / WINDOW_MS);
  let count = counts.get(CONSUMER);
  if (count?.window !== window) counts.set(CONSUMER, (count = { window, used: 0 }));
  passing.left = LIMIT - ++count.used;
  return passing.left < 0 ? 429 : 0;
}

/** What is said in the answer. */
export function headersOf({ id, left }: Passing): string[] {
  return [
    'X-Request-ID',
    id,
    'X-RateLimit-Limit',
    String(LIMIT),
    'X-RateLimit-Remaining',
    String(left),
  ];
}

/** What is left of a request when it is over. */
export interface Ended extends Arriving {
  readonly method: string | undefined;
  readonly path: string | undefined;
  readonly status: number;
}

/** Counts it and writes its line. */
export function end({ id, startedAt }: Passing, ended: Ended): void {
  const milliseconds = performance.now() - startedAt;
  metrics.requests++;
  metrics.milliseconds += milliseconds;
  metrics.byStatus.set(ended.status, (metrics.byStatus.get(ended.status) ?? 0) + 1);
  const { address: client, method, path, status } = ended;
  const time = new Date().toISOString();
  lines += `${JSON.stringify({ time, client, method, path, status, milliseconds, requestId: id })}\n`;
  if (lines.length < LOG_BYTES) return;
  log.write(lines);
  lines = '';
}
