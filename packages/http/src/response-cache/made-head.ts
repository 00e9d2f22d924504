/** What an answer would be stored as, and whether it may be. */
import { HeaderList } from '../context/headers.ts';
import type { CacheCall } from './cache-call.ts';
import type { CacheSettings } from './cache-settings.ts';
import type { Reception } from './freshness.ts';
import { readPolicy } from './response-policy.ts';
import { hasValidator, storedHead, type StoredHead } from './stored-answer.ts';
import { type AnswerHead, mayStore } from './storing.ts';
import { varyNames } from './vary.ts';

/** What an answer would be stored as. */
export interface MadeHead {
  readonly head: StoredHead;
  /** Whether it may be stored after this request. */
  readonly isStorable: boolean;
  /** Whether it may not be stored after any request. */
  readonly isBarred: boolean;
}

const NO_HEADERS = new HeaderList();

/** Makes it of the head of an answer to a request. */
export function madeHead(
  settings: CacheSettings,
  { ctx, asked }: CacheCall,
  given: AnswerHead,
  reception: Reception,
): MadeHead {
  const { targets, heuristicFraction, tagHeader } = settings;
  const { headers: request } = ctx;
  const policy = readPolicy(given.headers, targets);
  const varies = varyNames(given.headers);
  const head = storedHead(given, {
    policy,
    reception,
    request,
    varies: varies ?? [],
    heuristicFraction,
    tagHeader,
  });
  const isUseful =
    head.lifetimeMs > 0 ||
    hasValidator(head) ||
    head.staleIfErrorMs > 0 ||
    head.staleWhileRevalidateMs > 0;
  const isBarred = varies === undefined || !mayStore(given, policy, NO_HEADERS, settings);
  const isAllowed = !isBarred && mayStore(given, policy, request, settings);
  return { head, isBarred, isStorable: isAllowed && isUseful && !asked.noStore };
}
