/** The upstreams over the admin API: how their targets are doing, and how to take one out of use. */
import { type App, HttpError } from '@interpose/http';
import type { Upstream } from '../upstream/upstream.ts';
import type { AdminTarget } from './admin-target.ts';
import { LIST, listOf, record, targetSchema, TEXT } from './answer-schemas.ts';
import { upstreamShown, upstreamsShown } from './upstream-status.ts';

const TAGS = ['upstreams'] as const;
const SHOWN = { name: TEXT, status: TEXT, targets: LIST };

/** Adds the routes. */
export function addUpstreamRoutes(app: App, gateway: AdminTarget): void {
  app.get(
    '/upstreams',
    { tags: TAGS, summary: 'The upstreams and their targets', responses: { 200: listOf(SHOWN) } },
    () => upstreamsShown(gateway.upstreams),
  );
  app.get(
    '/upstreams/:name',
    { tags: TAGS, summary: 'An upstream and its targets', responses: { 200: record(SHOWN) } },
    ({ params }) => upstreamShown(upstreamOf(gateway, params.name)),
  );
  app.put(
    '/upstreams/:name/targets',
    {
      tags: TAGS,
      summary: 'Takes a target out of use, or back into it',
      description:
        'By its name or its URL. A target that drains gets no more requests; those that it has go on.',
      body: targetSchema,
      responses: { 200: record(SHOWN) },
    },
    ({ params, valid }) => {
      const upstream = upstreamOf(gateway, params.name);
      const { target, state } = valid.body;
      if (!upstream.setTarget(target, { state })) {
        throw new HttpError(404, 'The upstream has no such target');
      }
      return upstreamShown(upstream);
    },
  );
  app.get(
    '/breakers',
    {
      tags: TAGS,
      summary: 'The breakers of upstreams that have one',
      responses: { 200: listOf({ upstream: TEXT, state: TEXT }) },
    },
    () =>
      upstreamsShown(gateway.upstreams)
        .filter(({ breaker }) => breaker !== null)
        .map(({ name, breaker }) => ({ upstream: name, ...breaker })),
  );
}

function upstreamOf({ upstreams }: AdminTarget, name: string): Upstream {
  const upstream = upstreams.get(name);
  if (!upstream) throw new HttpError(404, 'There is no upstream of this name');
  return upstream;
}
