/** FieldEntry: a middleware as it was given to the builder, with the fields that it is for. */
import type { Placement, Traits } from '@interpose/kernel';
import { type Composable, type Layer, layersOf } from '@interpose/kernel/layers';
import { checkNames, unexpected } from '@interpose/kernel/options';
import type { Selection } from './selector.ts';

/** What of a field a middleware runs round: its resolver, its `subscribe` function, or each of them. */
export type During = 'resolve' | 'subscribe' | 'both';

/** What the author of a middleware for fields declares. */
export interface FieldTraits extends Traits {
  /** What it runs round, unless whoever uses it says otherwise. @default 'resolve' */
  readonly during?: During;
}

/** How a middleware is used. */
export interface FieldOptions extends Placement {
  /** Whether to run round fields without a resolver of their own, too, where they are not named. @default false */
  readonly defaults?: boolean;
  /**
   * What to run round: the resolver, which a field of `Subscription` calls for each event, its `subscribe` function, which is called once, or
   * both. @default 'resolve', or what the middleware declares
   */
  readonly during?: During;
}

/** A middleware in the builder. */
export interface FieldEntry {
  /** The layers that it stands for; more than one if it was composed. */
  readonly layers: readonly Layer[];
  /** Nothing: every field that has something to run round. */
  readonly selection: Selection | undefined;
  readonly placement: Placement;
  readonly defaults: boolean;
  readonly during: During | undefined;
  /** How it came to be there. */
  readonly origin: string;
}

const NAMES = [
  'name',
  'phase',
  'priority',
  'before',
  'after',
  'requires',
  'provides',
  'state',
  'defaults',
  'during',
];
const DURING: readonly unknown[] = ['resolve', 'subscribe', 'both', undefined];

/**
 * Checks what was given.
 *
 * @throws TypeError for something that is no middleware, or for options that there are not
 */
export function createEntry(
  item: Composable,
  options: FieldOptions,
  { selection, method, index }: Where,
): FieldEntry {
  if (typeof options !== 'object' || options === null) {
    throw unexpected('options', 'an object', options);
  }
  checkNames(`${method}()`, options, NAMES);
  const { defaults = false, during, ...placement } = options;
  if (typeof defaults !== 'boolean') throw unexpected('defaults', 'true or false', defaults);
  if (!DURING.includes(during))
    throw unexpected('during', "'resolve', 'subscribe' or 'both'", during);
  const origin = selection ? `on('${selection.text}')` : 'use()';
  const layers = layersOf(item, index);
  return { layers, selection, placement, defaults, during, origin: `${origin} ${index + 1}` };
}

/** Where in the builder something was given. */
interface Where {
  readonly selection: Selection | undefined;
  readonly method: 'use' | 'on';
  readonly index: number;
}
