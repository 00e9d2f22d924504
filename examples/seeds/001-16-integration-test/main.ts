/** How the middleware are tested together: one answer has what each of them adds. */
import { pathToFileURL } from 'node:url';
import { createFastApi, type FastApi } from '@interpose/http/fast-api';
import { withServer } from '@interpose/http/testing';

/** A FastApi with all middleware, whose key is `test-key`. */
export function makeApi(): FastApi {
  return createFastApi({
    enableCors: true,
    enableApiKey: true,
    apiKey: { name: 'X-API-Key', keys: 'test-key' },
    onWarning: () => {},
  }).setup();
}

/** What a page of another origin sends. */
export const HEADERS: Readonly<Record<string, string>> = {
  'X-API-Key': 'test-key',
  Origin: 'http://example.com',
};

/** Asks, and prints what the middleware have added. */
export async function main(print: (line: string) => void = console.log): Promise<void> {
  await withServer(makeApi(), async (server) => {
    const answer = await server.get('/status', { headers: HEADERS });
    print(`${answer.status}`);
    print(`Access-Control-Allow-Origin: ${answer.headers.get('access-control-allow-origin')}`);
    const id = answer.headers.get('fast-api-request-id') ?? '';
    print(`fast-api-request-id is an id: ${/^[\da-f-]{36}$/.test(id)}`);
  });
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await main();
