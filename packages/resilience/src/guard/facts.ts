/** Facts: what can be known of a middleware before it runs. */
import type { Layer } from '@interpose/kernel/layers';
import { STAGE } from '../stage.ts';
import { isPrompt, isTailless, maySeeSignal } from './tail.ts';

/** What is known. */
export interface Facts {
  /** It does nothing of its own after its `next`. */
  readonly isTailless: boolean;
  /** Once its `next` has ended, it comes to its end without waiting for anything. */
  readonly isPrompt: boolean;
  /** It may look at the signal of its context. */
  readonly seesSignal: boolean;
}

const NOTHING: Facts = { isTailless: false, isPrompt: false, seesSignal: true };

const KNOWN = new WeakMap<object, Facts>();

/** What is known of the middleware of a layer; asked for the first time, its text is read. */
export function factsOf(layer: Layer): Facts {
  const found = KNOWN.get(layer.run);
  if (found) return found;
  const facts = find(layer);
  KNOWN.set(layer.run, facts);
  return facts;
}

function find({ run, traits }: Layer): Facts {
  if (!traits.link) {
    const seesSignal = maySeeSignal(run);
    return { isTailless: isTailless(run), isPrompt: isPrompt(run), seesSignal };
  }
  // Policies know by other ways when their caller has given up, and end by themselves when they may not go on.
  if (STAGE in run) return { ...NOTHING, seesSignal: false };
  if (!traits.hooks) return NOTHING;
  const { before, ...leaving } = traits.hooks as Readonly<Record<string, unknown>>;
  const { after, onError, finally: last } = leaving;
  const hooks = [before, after, onError, last].filter((hook) => typeof hook === 'function');
  const isLast = !after && !onError && !last;
  return { isTailless: isLast, isPrompt: false, seesSignal: hooks.some(maySeeSignal) };
}
