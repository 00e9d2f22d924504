/** plainLayer: a built-in that is joined to the rest directly. */
import { linked } from '@interpose/kernel/layers';
import type { HttpMiddleware } from './app.ts';
import type { HttpContext } from './context/context.ts';
import type { HttpResponse } from './context/response.ts';

/** What comes behind a middleware. */
export type Rest = (ctx: HttpContext) => HttpResponse | PromiseLike<HttpResponse>;

/**
 * A middleware that is given the rest itself and no `next` made for one request. Nobody watches it while it runs: it has to call the rest once
 * at most, to wait for it, and to return an answer.
 */
export function plainLayer<M extends object = HttpMiddleware>(
  name: string,
  run: (ctx: HttpContext, rest: Rest) => HttpResponse | PromiseLike<HttpResponse>,
): M {
  return linked<M>({
    name,
    link: (layers, rest) =>
      layers.reduceRight<Rest>((inner) => (ctx) => run(ctx, inner), rest as Rest),
  });
}
