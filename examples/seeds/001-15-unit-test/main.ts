/** How the API key is tested: a real server for the length of a block. */
import { pathToFileURL } from 'node:url';
import { createFastApi, type FastApi } from '@interpose/http/fast-api';
import { withServer } from '@interpose/http/testing';

/** A FastApi whose key is `test-key`. */
export function makeApi(): FastApi {
  return createFastApi({
    enableApiKey: true,
    apiKey: { name: 'X-API-Key', keys: 'test-key' },
  }).setup();
}

/** Asks without the key, and with it. */
export async function main(print: (line: string) => void = console.log): Promise<void> {
  await withServer(makeApi(), async (server) => {
    print(`without: ${(await server.get('/status')).status}`);
    const headers = { 'X-API-Key': 'test-key' };
    print(`with: ${(await server.get('/status', { headers })).status}`);
  });
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await main();
