/** CacheSettings: what a response cache works by and with. */
import type { Clock } from '@interpose/kernel';
import type { HttpContext } from '../context/context.ts';
import type { KeyNotes } from './key-notes.ts';
import type { Shelf } from './shelf.ts';
import type { StoringRules } from './storing.ts';

/** What a response cache was told, and what it works with. */
export interface CacheSettings extends StoringRules {
  readonly clock: Clock;
  readonly shelf: Shelf;
  readonly notes: KeyNotes;
  readonly keyOf: (ctx: HttpContext) => string | undefined;
  readonly targets: readonly string[];
  readonly obeysRequests: boolean;
  readonly heuristicFraction: number;
  readonly staleIfErrorMs: number;
  readonly maxEntryBytes: number;
  readonly tagHeader: string | undefined;
  /** As it stands in Cache-Status; without one nothing is told. */
  readonly name: string | undefined;
  readonly waitMs: number;
  readonly backgroundMs: number;
}
