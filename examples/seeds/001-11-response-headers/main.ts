/** What the middleware add to answers: an id, the word on origins, and for files how long they may be kept. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { createFastApi, type FastApi } from '@interpose/http/fast-api';
import { testClient } from '@interpose/http/testing';

/** Runs a block with a FastApi that has a folder with one style sheet. */
export async function withApi<T>(run: (api: FastApi) => Promise<T>): Promise<T> {
  const staticFolder = mkdtempSync(join(tmpdir(), 'static-'));
  try {
    writeFileSync(join(staticFolder, 'site.css'), 'body { color: teal }');
    let requests = 0;
    const events = { newId: () => `id-${++requests}` };
    return await run(
      createFastApi({ enableCors: true, staticFolder, events, onWarning: () => {} }).setup(),
    );
  } finally {
    rmSync(staticFolder, { recursive: true });
  }
}

/** The three headers of an answer. */
export async function headersOf(api: FastApi, path: string): Promise<readonly string[]> {
  const headers = { Origin: 'http://example.com' };
  const answer = await testClient(api).get(path, { headers });
  return ['fast-api-request-id', 'access-control-allow-origin', 'cache-control'].map(
    (name) => `${name}: ${answer.headers.get(name) ?? 'none'}`,
  );
}

/** The headers of a file, and of an answer that was made for the request. */
export async function main(print: (line: string) => void = console.log): Promise<void> {
  await withApi(async (api) => {
    for (const path of ['/static/site.css', '/config/status']) {
      print(path);
      for (const line of await headersOf(api, path)) print(`  ${line}`);
    }
  });
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await main();
