/** One event for every request, also for one that fails; background tasks run when the answer is out. */
import { pathToFileURL } from 'node:url';
import { createApp } from '@interpose/http';
import { httpEvents, type HttpEventsMiddleware } from '@interpose/http/middleware/http-events';
import { type Testable, withServer } from '@interpose/http/testing';

/** An app whose requests are recorded, and what records them. */
export function makeApp(note: (line: string) => void): {
  readonly app: Testable;
  readonly recorded: HttpEventsMiddleware;
} {
  const recorded = httpEvents();
  recorded.events
    .callbackOnRequest((event) => note(`request: ${event.request.path}`))
    .callbackOnResponse((response, { response: { statusCode, errorType } }) =>
      note(`response: ${response ? response.status : 'null'}, ${statusCode}, ${errorType}`),
    )
    .addBackgroundTask(() => note('task after every answer'));
  const app = createApp()
    .use(recorded)
    .get('/tea', (ctx) => {
      ctx.state.requestData
        .addLogMessage('looked for tea')
        .addBackgroundTask(() => note('task of the route'));
      return 'a cup of tea';
    })
    .get('/coffee', () => {
      throw new RangeError('out of coffee');
    });
  return { app, recorded };
}

/** A request that goes well, and one that does not. */
export async function main(print: (line: string) => void = console.log): Promise<void> {
  const { app, recorded } = makeApp(print);
  await withServer(app, async (server) => {
    for (const path of ['/tea', '/coffee']) {
      const answer = await server.get(path);
      await recorded.events.idle();
      print(`the client has ${answer.status}`);
    }
  });
  for (const event of recorded.events.recentRequests()) {
    print(`${event.request.path} ${event.response.statusCode} [${event.messages().join()}]`);
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await main();
