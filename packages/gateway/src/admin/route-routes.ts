/** The routes of the gateway over the admin API: which there are, and what happens to the requests of each. */
import { type App, HttpError } from '@interpose/http';
import type { ExplainedRoute } from '../explain.ts';
import { NO_ROUTE } from '../statistics/statistics.ts';
import type { AdminTarget } from './admin-target.ts';
import { LIST, listOf, NUMBER, OBJECT, record, TEXT } from './answer-schemas.ts';

const TAGS = ['routes'] as const;

/** Adds the routes. */
export function addRouteRoutes(app: App, gateway: AdminTarget): void {
  app.get(
    '/routes',
    {
      tags: TAGS,
      summary: 'The routes in the order of the config, with what has been counted of each',
      responses: {
        200: listOf({
          name: TEXT,
          path: TEXT,
          methods: LIST,
          answer: TEXT,
          requests: NUMBER,
          errors: NUMBER,
        }),
      },
    },
    () => gateway.explain().routes.map((route) => line(route, gateway)),
  );
  app.get(
    '/routes/:name/explain',
    {
      tags: TAGS,
      summary: 'What happens to the requests of a route, phase by phase',
      description: `\`${NO_ROUTE}\` is what happens to those that no route takes.`,
      responses: {
        200: record({ name: TEXT, path: TEXT, methods: LIST, phases: OBJECT, around: LIST }),
      },
    },
    ({ params }) => {
      const { routes, otherwise } = gateway.explain();
      const found = [...routes, otherwise].find(({ name }) => name === params.name);
      if (!found) throw new HttpError(404, 'There is no route of this name');
      return found;
    },
  );
}

function line(route: ExplainedRoute, { statistics }: AdminTarget): object {
  const { name, path, methods, host = null, answer } = route;
  const counts = statistics.routes.get(name);
  const { requests = 0, errors = 0 } = counts ?? {};
  return { name, path, methods, host, answer, requests, errors };
}
