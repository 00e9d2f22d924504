/** The order of the stack: first listed is outermost, so it is the first to see a request and the last to see its answer. */
import { pathToFileURL } from 'node:url';
import { createApp, type HttpContext, type HttpMiddleware } from '@interpose/http';
import { createFastApi, type FastApi } from '@interpose/http/fast-api';
import { apiKey } from '@interpose/http/middleware/api-key';
import { cors } from '@interpose/http/middleware/cors';
import { detectDisconnect } from '@interpose/http/middleware/detect-disconnect';
import { httpEvents } from '@interpose/http/middleware/http-events';
import { type Testable, testClient } from '@interpose/http/testing';

/** Notes when a middleware hands on the request, and when it has the answer. */
function noted<Out extends HttpContext>(
  middleware: HttpMiddleware<HttpContext, Out>,
  note: (line: string) => void,
): HttpMiddleware<HttpContext, Out> {
  return async (ctx, next) => {
    note(`${middleware.name} in`);
    const response = await middleware(ctx, next);
    note(`${middleware.name} out`);
    return response;
  };
}

/** The four, added one by one. */
export function makeApp(note: (line: string) => void): Testable {
  return createApp()
    .use(noted(detectDisconnect(), note)) // executes first
    .use(noted(httpEvents(), note)) // executes second
    .use(noted(cors(), note)) // executes third
    .use(noted(apiKey({ name: 'X-API-Key', keys: 'your-secret-key' }), note)) // executes fourth
    .get('/', (ctx) => {
      note('handler');
      return { left: ctx.state.isDisconnected, id: ctx.state.requestId };
    });
}

/** The same four, as a FastApi has them by itself. */
export function makeFastApi(): FastApi {
  const environment = {
    FAST_API__AUTH__API_KEY__NAME: 'X-API-Key',
    FAST_API__AUTH__API_KEY__VALUE: 'your-secret-key',
  };
  return createFastApi({
    enableCors: true,
    enableApiKey: true,
    environment,
    onWarning: () => {},
  }).setup();
}

/** Prints what the stack says of its order, and in which order it really runs. */
export async function main(print: (line: string) => void = console.log): Promise<void> {
  print(makeFastApi().explain());
  const headers = { 'X-API-Key': 'your-secret-key' };
  await testClient(makeApp(print)).get('/', { headers });
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await main();
