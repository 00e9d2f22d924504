/** A class of its own that adds a middleware behind the defaults: it stands between them and the handler. */
import { pathToFileURL } from 'node:url';
import { FastApi } from '@interpose/http/fast-api';
import { testClient } from '@interpose/http/testing';

/** Adds data to the state, and a header to the answer. */
export class CustomFastApi extends FastApi {
  protected override setupMiddlewares(): void {
    // Call the parent to add the default middleware.
    super.setupMiddlewares();
    this.useMiddleware(async function customMiddleware(ctx, next) {
      ctx.state['customData'] = 'value';
      const response = await next();
      response.headers.set('X-Custom-Header', 'value');
      return response;
    });
  }

  protected override setupRoutes(): void {
    this.addRouteGet('/data', (ctx) => ({ custom_data: ctx.state['customData'] ?? null }));
  }
}

/** Prints the stack, and what a request gets. */
export async function main(print: (line: string) => void = console.log): Promise<void> {
  const api = new CustomFastApi().setup();
  print(api.explain());
  const answer = await testClient(api).get('/data');
  print(`${await answer.text()} X-Custom-Header: ${answer.headers.get('x-custom-header')}`);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await main();
