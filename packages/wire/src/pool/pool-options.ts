/** What a pool is told, checked. */
import type { LookupFunction } from 'node:net';
import type { ConnectionOptions as TlsConnectionOptions } from 'node:tls';
import { type Clock, systemClock } from '../clock.ts';
import { checkLimits, type LimitOptions, type Limits } from '../message-reader/limits.ts';
import { checkMs, checkWhole, unexpected } from '../option.ts';
import { TimerWheel } from '../timer-wheel.ts';

/** Options of `createPool`. */
export interface PoolOptions extends LimitOptions {
  /** Connections that may be open at once, those that have gone over to another protocol left aside. @default 128 */
  readonly maxConnections?: number;
  /** Requests that may wait for a connection. More fail with PoolFullError. @default 1024 */
  readonly maxQueued?: number;
  /** How long a request may wait for a connection to become free; its turn comes in the order of arrival. @default 1000 */
  readonly queueTimeoutMs?: number;
  /** How long a connection, TLS included, may take. @default 2000 */
  readonly connectTimeoutMs?: number;
  /** How long the answer may take to begin, from when the request is sent. @default 30_000 */
  readonly firstByteTimeoutMs?: number;
  /** How long a body may pause, the answer's or the request's, while it is wanted. @default 60_000 */
  readonly idleTimeoutMs?: number;
  /** How long an idle connection is kept if the other end does not say. Many servers close after 5 s. @default 4000 */
  readonly keepAliveMs?: number;
  /** How long an idle connection is kept at most; what the other end says is shortened by a second. @default 55_000 */
  readonly maxKeepAliveMs?: number;
  /** Whether a connection is used again after a body in chunks was sent on it. @default true */
  readonly reuseAfterChunked?: boolean;
  /** The path of a Unix socket to connect to, in place of the origin's host and port. @default none */
  readonly socketPath?: string;
  /** How TLS is spoken; certificates are verified unless this says otherwise. @default TLS 1.2 or newer, for the origin's name */
  readonly tls?: TlsConnectionOptions;
  /** Finds addresses for a name, in the form that `net.connect` takes. @default that of `createDnsCache()` */
  readonly lookup?: LookupFunction;
  /** @default systemClock */
  readonly clock?: Clock;
}

const TICK_MS = 500;
/** The longest delay that a timer of the platform takes. */
const LONGEST_MS = 2 ** 31 - 1;

/** Options with their defaults, and what is made from them. */
export class PoolSettings {
  readonly clock: Clock;
  readonly wheel: TimerWheel;
  readonly limits: Limits;
  readonly maxConnections: number;
  readonly maxQueued: number;
  readonly queueTimeoutMs: number;
  readonly connectTimeoutMs: number;
  readonly firstByteTimeoutMs: number;
  readonly idleTimeoutMs: number;
  readonly keepAliveMs: number;
  readonly maxKeepAliveMs: number;
  readonly reuseAfterChunked: boolean;

  /** @throws TypeError or RangeError for options out of range */
  constructor(options: PoolOptions) {
    this.clock = options.clock ?? systemClock;
    this.limits = checkLimits(options, Infinity);
    this.maxConnections = checkWhole('maxConnections', options.maxConnections ?? 128, 1);
    this.maxQueued = checkWhole('maxQueued', options.maxQueued ?? 1024);
    this.queueTimeoutMs = checkMs('queueTimeoutMs', options.queueTimeoutMs ?? 1000);
    this.connectTimeoutMs = checkMs('connectTimeoutMs', options.connectTimeoutMs ?? 2000, 1);
    this.firstByteTimeoutMs = checkMs(
      'firstByteTimeoutMs',
      options.firstByteTimeoutMs ?? 30_000,
      1,
    );
    this.idleTimeoutMs = checkMs('idleTimeoutMs', options.idleTimeoutMs ?? 60_000, 1);
    this.keepAliveMs = checkMs('keepAliveMs', options.keepAliveMs ?? 4000);
    this.maxKeepAliveMs = checkMs('maxKeepAliveMs', options.maxKeepAliveMs ?? 55_000);
    this.reuseAfterChunked = options.reuseAfterChunked ?? true;
    checkPorts(options);
    const shortest = Math.min(this.firstByteTimeoutMs, this.idleTimeoutMs);
    this.wheel = new TimerWheel(this.clock, Math.max(1, Math.min(TICK_MS, shortest / 4)));
  }

  /** Calls `run` once; what takes for ever needs no timer. What it gives stops the timer. */
  after(afterMs: number, run: () => void): () => void {
    return afterMs > LONGEST_MS ? () => {} : this.clock.setTimer(run, afterMs);
  }

  /** How long a connection is kept whose other end says that it keeps it for `seconds`, or says nothing (-1). */
  keepMs(seconds: number): number {
    return seconds < 0
      ? Math.min(this.keepAliveMs, this.maxKeepAliveMs)
      : Math.max(0, Math.min(seconds * 1000 - 1000, this.maxKeepAliveMs));
  }
}

function checkPorts({ socketPath, lookup }: PoolOptions): void {
  if (socketPath !== undefined && (typeof socketPath !== 'string' || socketPath === '')) {
    throw unexpected('socketPath', 'the path of a socket', socketPath);
  }
  if (lookup !== undefined && typeof lookup !== 'function') {
    throw unexpected('lookup', 'a function', lookup);
  }
}
