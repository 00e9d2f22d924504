/** Chains: layers that touch their context once on the way in and once on the way out, round a handler that answers it. */
import type { Bench, Call } from '../suite.ts';

/** What passes through a chain. */
export interface Ctx {
  n: number;
}

/** A fresh context. */
export function createCtx(): Ctx {
  return { n: 0 };
}

/**
 * What a layer does: waits for the rest, hands on what the rest returns, or neither waits nor makes others wait. Three
 * more are only ours: one whose text proves nothing, one of hooks, and a pair of `before` and `after`.
 */
export type Shape = 'awaits' | 'passes' | 'sync' | 'watched' | 'hooks' | 'halves';

/** One layer of each shape as a contender's users would write it, and the handlers to put inside. */
export interface Parts {
  readonly layers: Readonly<Partial<Record<Shape, unknown>>>;
  readonly handlers: Readonly<Record<'async' | 'sync', (ctx: never) => unknown>>;
}

/** Makes a chain of layers and a handler. */
export type Join = (layers: readonly unknown[], handler: (ctx: never) => unknown) => Call;

/** A contender: 80 copies of its parts and its way to join them. */
export interface Contender {
  readonly copies: readonly Parts[];
  readonly join: Join;
}

/** The measure of the chains of a case. */
export interface Measure {
  readonly shape: Shape;
  readonly layers: number;
  readonly chains: number;
}

/** The chains of a contender. No two layers are one function. */
export function chainsOf({ copies, join }: Contender, { shape, layers, chains }: Measure): Bench {
  const calls = Array.from({ length: chains }, (_, chain) => {
    const own = copies.slice(chain * layers, (chain + 1) * layers);
    const { handlers } = copies[chain] as Parts;
    const list = own.map((parts) => parts.layers[shape]);
    return join(list.flat(), handlers[shape === 'sync' ? 'sync' : 'async']);
  });
  return { calls, answerOf: (answer) => (answer as Ctx).n };
}
