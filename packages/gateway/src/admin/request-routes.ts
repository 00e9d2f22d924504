/** Recent requests over the admin API, and what happened to one of them. */
import { type App, HttpError } from '@interpose/http';
import { PHASES } from '../phases.ts';
import type { RecentRequests } from '../recent/recent-requests.ts';
import type { RequestRecord } from '../recent/request-record.ts';
import { requestLine, requestStory } from '../recent/request-story.ts';
import type { PlannedStep } from '../recent/request-trace.ts';
import type { AdminTarget } from './admin-target.ts';
import { LIST, listOf, NUMBER, OBJECT, record, TEXT } from './answer-schemas.ts';

const TAGS = ['requests'] as const;
const LINE = { id: TEXT, method: TEXT, path: TEXT, status: NUMBER, ms: NUMBER };

/** Adds the routes. */
export function addRequestRoutes(app: App, gateway: AdminTarget, recent: RecentRequests): void {
  app.get(
    '/requests',
    {
      tags: TAGS,
      summary: 'The last requests, the newest first',
      description:
        'Some of each second, and those that failed. `?route=` and `?status=` choose, as in `?status=502` or `?status=5xx`.',
      responses: { 200: listOf(LINE) },
    },
    ({ query }) => {
      const [route, status] = [query.get('route'), query.get('status')];
      return recent
        .list()
        .filter((one) => route === null || one.route?.name === route)
        .filter((one) => status === null || hasStatus(one, status))
        .map(requestLine);
    },
  );
  app.get(
    '/requests/:id/explain',
    {
      tags: TAGS,
      summary:
        'Which route a request took and why, what each plugin did about it, and where the time went',
      responses: { 200: record({ ...LINE, matched: OBJECT, plugins: LIST, phases: OBJECT }) },
    },
    ({ params }) => {
      const found = recent.find(params.id);
      if (!found) {
        throw new HttpError(404, 'No such request is remembered; only some of each second are');
      }
      return requestStory(found, plannedFor(found, gateway));
    },
  );
}

function hasStatus({ status }: RequestRecord, wanted: string): boolean {
  const text = String(status);
  return text === wanted || `${text.charAt(0)}xx` === wanted.toLowerCase();
}

/** The handlers of its route as they are now; of another config they would tell nothing of the request. */
function plannedFor({ route }: RequestRecord, { config, registry }: AdminTarget): PlannedStep[] {
  if (route && !config.routes.includes(route)) return [];
  return PHASES.flatMap((phase) =>
    registry
      .planned(route, phase)
      .map(({ name, priority }): PlannedStep => ({ plugin: name, phase, priority })),
  );
}
