/** The way of one request down the stack and of its answer up again, with what each middleware has done by then. */
import { pathToFileURL } from 'node:url';
import { createFastApi, type FastApi, type FastApiContext } from '@interpose/http/fast-api';
import { testClient } from '@interpose/http/testing';

const environment = {
  FAST_API__AUTH__API_KEY__NAME: 'X-API-Key',
  FAST_API__AUTH__API_KEY__VALUE: 'your-secret-key',
};

/** A stack whose onlookers say what they see: one outside of the four, one between them and the handler. */
export function makeApi(note: (line: string) => void): FastApi {
  return createFastApi({
    enableCors: true,
    enableApiKey: true,
    environment,
    onWarning: () => {},
    events: {
      callbackOnRequest: (event, ctx) => {
        note(`detect disconnect has set its flag: ${String(ctx.state['isDisconnected'])}`);
        note(`http events has made an event of ${event.request.method} ${event.request.path}`);
      },
      callbackOnResponse: (response, event) => {
        const origin = response?.headers.get('access-control-allow-origin');
        note(`CORS has added its headers: ${origin}`);
        note(`http events has recorded the answer: ${event.response.statusCode}`);
      },
    },
  })
    .useMiddleware(
      async (_ctx, next) => {
        note('a client asks');
        const response = await next();
        note(`the client gets ${response.status} ${String(response.body)}`);
        return response;
      },
      { position: 'outside' },
    )
    .useMiddleware(async (_ctx, next) => {
      note('the API key is right');
      const response = await next();
      note('the answer goes back');
      return response;
    })
    .setup()
    .addRouteGet('/hello', (ctx: Pick<FastApiContext, 'path'>) => {
      note(`the handler answers ${ctx.path}`);
      return 'hello';
    });
}

/** Prints the way of a request. */
export async function main(print: (line: string) => void = console.log): Promise<void> {
  await testClient(makeApi(print)).get('/hello', {
    headers: { 'X-API-Key': 'your-secret-key', Origin: 'http://example.com' },
  });
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await main();
