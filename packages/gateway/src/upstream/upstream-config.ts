/** What a config says of an upstream: where its targets are, which of them gets a request, and how they are treated. */
import type { OutlierOptions } from '../health/outlier-detector.ts';
import type { HealthCheckOptions } from '../health/health-checker.ts';

/** One place to which requests go, or several that are alike. Has either `url` or `targets`. */
export interface UpstreamConfig {
  /** Scheme, host, port, and the path that comes before the path of each request: the only target. */
  readonly url?: string;
  /** The targets among which requests are shared out. */
  readonly targets?: readonly TargetConfig[];
  /** `dns`: every address of a name is a target of its own, and they come and go as the name servers say. @default none */
  readonly discover?: 'dns' | DiscoveryConfig;
  /** Which target gets the next request. @default 'round-robin' */
  readonly balance?: BalanceName | HashBalanceConfig;
  /** Where this gateway stands. Targets of the same zone go first, as long as one of them is well. @default none */
  readonly zone?: string;
  /** Brings a client back to the target that it had before. @default it is not */
  readonly sticky?: StickyConfig;
  /** Asks the targets at intervals whether they are well. @default they are not asked */
  readonly health?: HealthCheckOptions;
  /** When a target that fails is left out for a while; `false`: never. Holds where there are two or more. @default 5 failures in a row */
  readonly outliers?: OutlierOptions | false;
  /** With a smaller share of targets that are well, all are used, as if all were. @default 0: never */
  readonly panicPercent?: number;
  /** What is sent once more, and when; `false`: nothing ever is. @default what cannot do harm, once */
  readonly retry?: RetryConfig | false;
  /** Leaves an upstream in peace that fails too often. @default none */
  readonly breaker?: BreakerConfig;
  /** How many requests it gets at once. @default no bound */
  readonly bulkhead?: BulkheadConfig;
  /** How TLS is spoken to `https` targets. @default verified, version 1.2 or newer */
  readonly tls?: UpstreamTlsConfig;
  /** The connections to each target. */
  readonly pool?: PoolConfig;
  /** How long a connection may take, TLS included. @default 2000 */
  readonly connectTimeoutMs?: number;
  /** How long the first byte of an answer may take once the request is sent. @default 30_000 */
  readonly firstByteTimeoutMs?: number;
  /** How long a body may pause, in either direction. @default 60_000 */
  readonly idleTimeoutMs?: number;
  /** How long everything may take, from the first attempt to the end of the answer. @default no bound */
  readonly timeoutMs?: number;
  /** Whether targets are told the `Host` that the client asked for, in place of their own. @default false */
  readonly preserveHost?: boolean;
  /** In which words targets are told for whom they are asked. @default 'x-forwarded' */
  readonly forwarded?: ForwardedWords;
}

/** The names of all that a config may say of an upstream. */
export const UPSTREAM_NAMES: readonly (keyof UpstreamConfig)[] = [
  'url',
  'targets',
  'discover',
  'balance',
  'zone',
  'sticky',
  'health',
  'outliers',
  'panicPercent',
  'retry',
  'breaker',
  'bulkhead',
  'tls',
  'pool',
  'connectTimeoutMs',
  'firstByteTimeoutMs',
  'idleTimeoutMs',
  'timeoutMs',
  'preserveHost',
  'forwarded',
];

/** One target. */
export interface TargetConfig {
  /** Scheme, host, port, and the path that comes before the path of each request. */
  readonly url: string;
  /** How much of the load it takes, in relation to the others; 0: nothing. @default 1 */
  readonly weight?: number;
  /** Where it stands. @default nowhere in particular */
  readonly zone?: string;
}

/** How addresses are found. */
export interface DiscoveryConfig {
  readonly kind: 'dns';
  /** Addresses of one kind only: IPv4 or IPv6. @default both */
  readonly family?: 4 | 6;
  /** How often is looked whether they are still the same; no name server is asked before its answer is out of date. @default 1000 */
  readonly everyMs?: number;
}

/** The names of ways to share requests out. */
export const BALANCE_NAMES = ['round-robin', 'least-requests', 'ewma'] as const;

/** A way to share requests out that needs no more words. */
export type BalanceName = (typeof BALANCE_NAMES)[number];

/** The same key goes to the same target. */
export interface HashBalanceConfig {
  readonly kind: 'consistent-hash';
  /** What is the key: `address`, `path`, `header: X`, `cookie: X` or `query: X`. */
  readonly by: string;
  /** How many times the average load a target may have before others take over; 0: any. @default 0 */
  readonly loadBound?: number;
}

/** A cookie that leads back to a target. What it says means nothing to anybody else. */
export interface StickyConfig {
  /** Its name. @default 'interpose-target' */
  readonly cookie?: string;
  /** With it nobody can find out by trying which target is meant. Gateways that share the load need the same. @default none */
  readonly secret?: string;
  /** How long it is kept. @default until the browser closes */
  readonly maxAgeSeconds?: number;
}

/** What is sent once more. */
export interface RetryConfig {
  /** How often at most, after the first time. @default 1 */
  readonly retries?: number;
  /** Answers after which a request that may be repeated is. @default none */
  readonly statuses?: readonly number[];
  /** Whether a request of any method may be repeated that has an `Idempotency-Key`. @default false */
  readonly idempotencyKey?: boolean;
  /** Bodies up to this size are kept, so that they can be sent again. @default 65_536 */
  readonly maxBodyBytes?: number;
  /** How large a share of the requests of the last ten seconds may be repeated. @default 20 */
  readonly budgetPercent?: number;
  /** How many may be repeated in a second whatever the share. @default 10 */
  readonly minPerSecond?: number;
  /** The longest `Retry-After` that is waited for; after a longer one the answer is passed on. @default 1000 */
  readonly maxRetryAfterMs?: number;
}

/** When an upstream is left in peace. */
export interface BreakerConfig {
  /** So many failures in a row open it; without it the share counts. @default none */
  readonly failures?: number;
  /** The share of failures that opens it. @default 0.5 */
  readonly failureRatio?: number;
  /** With fewer requests the share says nothing. @default 20 */
  readonly minimumCalls?: number;
  /** Over how long the share is taken. @default 30_000 */
  readonly windowMs?: number;
  /** How long it stays open the first time; each next time twice as long. @default 5000 */
  readonly openMs?: number;
  /** How long at most. @default 60_000 */
  readonly maxOpenMs?: number;
}

/** How many requests an upstream gets at once. */
export interface BulkheadConfig {
  /** How many may be under way. @default 10 */
  readonly maxConcurrent?: number;
  /** How many more may wait. @default 0 */
  readonly maxQueue?: number;
  /** How long each may wait. @default 1000 */
  readonly queueTimeoutMs?: number;
}

/** How TLS is spoken. Files hold PEM, and are read together with the config. */
export interface UpstreamTlsConfig {
  /** `false`: any certificate will do, and whoever is in between reads along. @default true */
  readonly verify?: boolean;
  /** The file of the authorities that may vouch for targets. @default those that Node knows */
  readonly ca?: string;
  /** The name that the certificate has to be made out to. @default the host of the target */
  readonly servername?: string;
  /** The files of our own certificate and its key, for targets that ask for one. @default none */
  readonly cert?: string;
  readonly key?: string;
}

/** The connections to one target. */
export interface PoolConfig {
  /** How many at once. @default 128 */
  readonly maxConnections?: number;
  /** How many requests may wait for one. @default 1024 */
  readonly maxQueued?: number;
  /** How long a request may wait for one. @default 1000 */
  readonly queueTimeoutMs?: number;
  /** How long an idle one is kept whose other end does not say. @default 4000 */
  readonly keepAliveMs?: number;
}

/** The words in which a target is told for whom it is asked. */
export const FORWARDED_WORDS = ['x-forwarded', 'forwarded', 'both', 'none'] as const;

/** The words: those that most know, those of RFC 7239, both, or none. */
export type ForwardedWords = (typeof FORWARDED_WORDS)[number];

/** The targets of an upstream, in whichever form it names them. */
export function targetsOf({ url, targets }: UpstreamConfig): readonly TargetConfig[] {
  return targets ?? (url === undefined ? [] : [{ url }]);
}
