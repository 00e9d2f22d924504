/** A route that tells what the middleware know of its request. */
import { pathToFileURL } from 'node:url';
import { createFastApi, type FastApi } from '@interpose/http/fast-api';
import { testClient } from '@interpose/http/testing';

/** A FastApi with the route; `customData` is what a middleware adds, if it is to. */
export function makeApi(customData?: string): FastApi {
  const api = createFastApi({ events: { newId: () => 'id-1' } });
  if (customData !== undefined) {
    api.useMiddleware((ctx, next) => {
      ctx.state['customData'] = customData;
      return next(ctx);
    });
  }
  return api.setup().addRouteGet('/info', ({ state }) => ({
    request_id: state.requestId,
    is_disconnected: state.isDisconnected,
    custom_data: state['customData'] ?? null,
  }));
}

/** With and without the custom data. */
export async function main(print: (line: string) => void = console.log): Promise<void> {
  for (const api of [makeApi(), makeApi('value')]) {
    print(await (await testClient(api).get('/info')).text());
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await main();
