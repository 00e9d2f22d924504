/** The services behind the gateway over the admin API: what each offers, and whether it is there. */
import { type App, HttpError } from '@interpose/http';
import type { RouteConfig } from '../gateway-config.ts';
import type { AdminTarget } from './admin-target.ts';
import { LIST, listOf, record, TEXT } from './answer-schemas.ts';
import { upstreamShown, type UpstreamShown } from './upstream-status.ts';

/** A service: an upstream with the routes that lead to it, or routes that are answered here. */
export interface ServiceShown {
  readonly id: string;
  readonly status: UpstreamShown['status'];
  readonly routes: readonly {
    readonly name: string;
    readonly path: string;
    readonly methods: readonly string[];
  }[];
}

const TAGS = ['services'] as const;
const SHOWN = { id: TEXT, status: TEXT, routes: LIST };

/** Adds the routes. */
export function addServiceRoutes(app: App, gateway: AdminTarget): void {
  app.get(
    '/services',
    {
      tags: TAGS,
      summary: 'The services behind the gateway',
      description:
        'An upstream is a service, with the routes that lead to it; so are handlers of this process whose names begin alike, as `orders.list` and `orders.get`.',
      responses: { 200: listOf(SHOWN) },
    },
    () => idsOf(gateway).map((id) => serviceOf(gateway, id)),
  );
  app.get(
    '/services/:id',
    { tags: TAGS, summary: 'A service', responses: { 200: record(SHOWN) } },
    ({ params }) => serviceOf(gateway, params.id),
  );
  app.get(
    '/services/:id/health',
    {
      tags: TAGS,
      summary: 'Whether a service is there',
      responses: {
        200: record({ id: TEXT, status: TEXT, targets: LIST }),
        503: { description: 'None of its targets can be used' },
      },
    },
    ({ params, response }) => {
      const { id } = params;
      const { status, targets } = healthOf(gateway, id);
      if (status === 'unhealthy') response.status = 503;
      response.headers.set('Cache-Control', 'no-store');
      return { id, status, targets };
    },
  );
}

/** Upstreams first, then what answers in this process. */
function idsOf({ config, upstreams }: AdminTarget): readonly string[] {
  const own = config.routes.flatMap(({ handler }) =>
    handler === undefined ? [] : [ownId(handler)],
  );
  return [...new Set([...upstreams.keys(), ...own])];
}

/** Handlers are named `service.route`. */
const ownId = (handler: string): string => handler.split('.', 1)[0] as string;

function serviceOf(gateway: AdminTarget, id: string): ServiceShown {
  const { status } = healthOf(gateway, id);
  const routes = gateway.config.routes
    .filter((route) => leadsTo(route, id))
    .map(({ name, path, methods = [] }) => ({ name, path, methods }));
  return { id, status, routes };
}

function leadsTo({ upstream, split = [], canary, handler }: RouteConfig, id: string): boolean {
  const isOwn = handler !== undefined && ownId(handler) === id;
  const isSplit = split.some((one) => one.upstream === id);
  return upstream === id || canary?.upstream === id || isSplit || isOwn;
}

/** What answers in this process is there whenever somebody can ask. */
function healthOf(gateway: AdminTarget, id: string): Pick<UpstreamShown, 'status' | 'targets'> {
  const upstream = gateway.upstreams.get(id);
  if (upstream) return upstreamShown(upstream);
  if (!idsOf(gateway).includes(id)) {
    throw new HttpError(404, 'There is no service of this name');
  }
  return { status: 'healthy', targets: [] };
}
