/** Looks up an upstream that a test knows to be there. */
import type { Gateway, Upstream } from '../src/index.ts';

/** The upstream of this name. */
export function upstreamOf(
  { gateway }: { readonly gateway: Pick<Gateway, 'upstreams'> },
  name = 'main',
): Upstream {
  const upstream = gateway.upstreams.get(name);
  if (!upstream) throw new Error(`There is no upstream ${name}`);
  return upstream;
}
