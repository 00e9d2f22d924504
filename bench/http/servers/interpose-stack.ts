/** Ours with the four middleware of the seed, in its order. */
import { createApp } from '@interpose/http';
import { apiKey } from '@interpose/http/middleware/api-key';
import { cors } from '@interpose/http/middleware/cors';
import { detectDisconnect } from '@interpose/http/middleware/detect-disconnect';
import { httpEvents } from '@interpose/http/middleware/http-events';
import { announcePort } from '../../processes/announce.ts';
import { KEY, KEY_HEADER, ORIGIN, shownEvent } from '../seed-stack.ts';

const recorded = httpEvents();

const app = createApp()
  .use(detectDisconnect())
  .use(recorded)
  .use(cors({ origins: [ORIGIN] }))
  .use(apiKey({ name: KEY_HEADER, keys: KEY }))
  .get('/hello', () => ({ hello: 'world' }))
  .get('/recorded', () => {
    const events = recorded.events.recentRequests(50);
    const last = events.findLast(({ request }) => request.path === '/hello');
    const event = last && {
      id: last.eventId,
      method: last.request.method,
      path: last.request.path,
      status: last.response.statusCode ?? NaN,
      startedAt: last.request.startTime,
      durationMs: last.response.totalDuration ?? NaN,
    };
    return shownEvent(event, events.length);
  });
announcePort((await app.serve()).port);
