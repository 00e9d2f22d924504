/** CORS and the API key are switched on with a flag each; the other two are always there. */
import { pathToFileURL } from 'node:url';
import { createFastApi, type FastApi } from '@interpose/http/fast-api';
import { testClient } from '@interpose/http/testing';

const environment = {
  FAST_API__AUTH__API_KEY__NAME: 'X-API-Key',
  FAST_API__AUTH__API_KEY__VALUE: 'your-secret-key',
};

/** A FastApi with these flags. */
export function makeApi(flags: { enableCors?: boolean; enableApiKey?: boolean }): FastApi {
  return createFastApi({ ...flags, environment, onWarning: () => {} }).setup();
}

/** What a page of another origin gets, and through what it went. */
export async function tryOut(api: FastApi): Promise<string> {
  const headers = { Origin: 'http://example.com' };
  const answer = await testClient(api).get('/status', { headers });
  const stack = api.userMiddlewares().map(({ type }) => type);
  const origin = answer.headers.get('access-control-allow-origin') ?? 'none';
  return `${stack.join(' > ')}: ${answer.status}, allowed origin ${origin}`;
}

/** All four ways to set the flags. */
export async function main(print: (line: string) => void = console.log): Promise<void> {
  for (const enableCors of [false, true]) {
    for (const enableApiKey of [false, true]) {
      print(await tryOut(makeApi({ enableCors, enableApiKey })));
    }
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await main();
