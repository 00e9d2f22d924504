/** Folds a list of layers into one; the one place where the onion turns. */
import { watch } from './conduct.ts';
import { type Layer, type Link, type OwnTraits, type Run, TRAITS } from './layer.ts';
import type { AnyMiddleware, Middleware } from './middleware.ts';

/** Anything that stands for a middleware in a list. */
export type Composable = AnyMiddleware | { readonly handle: AnyMiddleware };

/** The layers that something in a list stands for: its own, or those that it was composed of. */
export function layersOf(item: Composable, index: number): readonly Layer[] {
  const own = item as {
    readonly name?: string;
    readonly [TRAITS]?: OwnTraits;
    handle?: AnyMiddleware;
  };
  const run = typeof item === 'function' ? item : own?.handle?.bind(item);
  if (!run) {
    throw new TypeError(
      `Expected middleware ${index + 1} to be a function or have handle(), got \`${item as unknown as string}\` (${typeof item}).`,
    );
  }
  const traits = own[TRAITS] ?? {};
  return (
    traits.layers ?? [{ name: traits.name || own.name || `middleware-${index + 1}`, run, traits }]
  );
}

const linkWatched: Link = (layers, rest) =>
  layers.reduceRight((last, layer) => watch(layer, last), rest);

/**
 * Nests layers from the last to the first round `terminal`. Neighbours of one kind are joined by their own link, the
 * others by `linkPlain`.
 */
export function fold(layers: readonly Layer[], terminal: Run, linkPlain: Link = linkWatched): Run {
  let run = terminal;
  for (let end = layers.length; end;) {
    const stop = end;
    const { link } = (layers[end - 1] as Layer).traits;
    while (end && (layers[end - 1] as Layer).traits.link === link) end--;
    run = (link ?? linkPlain)(layers.slice(end, stop), run);
  }
  return run;
}

/** One middleware that runs these layers. */
export function stack<C, R>(layers: readonly Layer[], linkPlain?: Link): Middleware<C, R> {
  let seen: unknown;
  let run: Run;
  // The rest is nearly always the same function from call to call; then the fold is made once.
  const composed = (ctx: C, next: unknown): unknown => {
    if (next !== seen) run = fold(layers, (seen = next) as Run, linkPlain);
    return run(ctx);
  };
  return Object.assign(composed, { [TRAITS]: { layers } }) as unknown as Middleware<C, R>;
}
