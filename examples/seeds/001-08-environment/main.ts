/** The name of the key and the key itself come from the environment of the process, as secrets should. */
import { pathToFileURL } from 'node:url';
import { createFastApi } from '@interpose/http/fast-api';
import { testClient, withEnvironment } from '@interpose/http/testing';

/** The statuses for these headers, one after the other. */
export async function statusesFor(
  headersOfEach: readonly Record<string, string>[],
): Promise<readonly number[]> {
  // Nothing is said of the key here: it is the environment that has it.
  const client = testClient(createFastApi({ enableApiKey: true, onWarning: () => {} }).setup());
  const statuses: number[] = [];
  for (const headers of headersOfEach) {
    statuses.push((await client.get('/status', { headers })).status);
  }
  return statuses;
}

/** With the variables of the seed, and without. */
export async function main(print: (line: string) => void = console.log): Promise<void> {
  const asked = [{ 'X-API-Key': 'your-secret-key' }, { 'X-API-Key': 'another' }, {}];
  await withEnvironment(
    {
      FAST_API__AUTH__API_KEY__NAME: 'X-API-Key',
      FAST_API__AUTH__API_KEY__VALUE: 'your-secret-key',
    },
    async () => print(`with: ${(await statusesFor(asked)).join(', ')}`),
  );
  await withEnvironment(
    { FAST_API__AUTH__API_KEY__NAME: undefined, FAST_API__AUTH__API_KEY__VALUE: undefined },
    async () => print(`without: ${(await statusesFor(asked)).join(', ')}`),
  );
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await main();
