/** What each middleware leaves in the state of a request, for those who come after it. */
import { pathToFileURL } from 'node:url';
import { EventLog } from '@interpose/http';
import { createFastApi, type FastApi } from '@interpose/http/fast-api';
import { testClient } from '@interpose/http/testing';

/** A FastApi with a middleware that adds a field of its own, and a route that tells of all. */
export function makeApi(): FastApi {
  return createFastApi({ defaultRoutes: false })
    .useMiddleware((ctx, next) => {
      ctx.state['userMessage'] = 'Hello from the middleware';
      return next(ctx);
    })
    .setup()
    .addRouteGet('/state', ({ state, requestId }) => ({
      // Set by detectDisconnect.
      isDisconnected: state.isDisconnected,
      // Set by httpEvents.
      httpEvents: state.httpEvents instanceof EventLog,
      requestId: state.requestId === requestId,
      requestData: state.requestData.eventId === requestId,
      // Set by the middleware above.
      userMessage: state['userMessage'],
    }));
}

/** Prints the fields. */
export async function main(print: (line: string) => void = console.log): Promise<void> {
  const fields = (await (await testClient(makeApi()).get('/state')).json()) as object;
  for (const [name, value] of Object.entries(fields)) print(`${name}: ${String(value)}`);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await main();
