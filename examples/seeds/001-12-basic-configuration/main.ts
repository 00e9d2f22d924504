/** All middleware and the default routes, switched on with three flags. */
import { pathToFileURL } from 'node:url';
import { createFastApi, type FastApi } from '@interpose/http/fast-api';

/** Set up, and so ready to serve. */
export function makeApi(): FastApi {
  return createFastApi({
    enableCors: true,
    enableApiKey: true,
    defaultRoutes: true,
    environment: {
      FAST_API__AUTH__API_KEY__NAME: 'X-API-Key',
      FAST_API__AUTH__API_KEY__VALUE: 'your-secret-key',
    },
    onWarning: () => {},
  }).setup();
}

/** Prints the stack and the routes. */
export async function main(print: (line: string) => void = console.log): Promise<void> {
  const api = makeApi();
  print(api.explain());
  for (const path of api.routesPaths({ includeDefault: true })) print(path);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await main();
