/** What a cache itself throws. */
import { CodedError } from '@interpose/kernel';

/** The `key` function of a cache failed; `cause` says how. Nothing was looked up and nothing was run: the key is what keeps callers apart. */
export class CacheKeyError extends CodedError {
  static override readonly code: string = 'CACHE_KEY';
  /** The name of the cache. */
  readonly policy: string;

  constructor(policy: string, cause: unknown) {
    super(`"${policy}" has no key for the call: ${String(cause)}`, { cause });
    this.policy = policy;
  }
}
