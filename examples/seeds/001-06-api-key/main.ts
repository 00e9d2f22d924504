/** The API key: from the header, else from the cookie; and the four errors, each with its text. */
import { pathToFileURL } from 'node:url';
import { createApp } from '@interpose/http';
import { apiKey, type ApiKeyOptions } from '@interpose/http/middleware/api-key';
import { testClient, type TestRequest } from '@interpose/http/testing';

const KEY = 'your-secret-key';
const setUp: ApiKeyOptions = { name: 'X-API-Key', keys: KEY };

/** Each way through the check: what the server has, and what the client brings. */
export const WAYS: Readonly<Record<string, readonly [ApiKeyOptions, TestRequest]>> = {
  'no key name': [{ environment: {} }, {}],
  'no key value': [{ name: 'X-API-Key', environment: {} }, {}],
  'nothing brought': [setUp, {}],
  'a wrong header': [setUp, { headers: { 'X-API-Key': 'wrong' } }],
  'a wrong header and a right cookie': [
    setUp,
    { headers: { 'X-API-Key': 'wrong' }, cookies: { 'X-API-Key': KEY } },
  ],
  'a right header': [setUp, { headers: { 'X-API-Key': KEY } }],
  'a right cookie': [setUp, { cookies: { 'X-API-Key': KEY } }],
};

/** Asks in one of the ways. */
export async function ask(options: ApiKeyOptions, request: TestRequest): Promise<Response> {
  const app = createApp()
    .use(apiKey(options))
    .get('/', () => 'let in');
  return testClient(app).get('/', request);
}

/** All ways. */
export async function main(print: (line: string) => void = console.log): Promise<void> {
  for (const [name, [options, request]] of Object.entries(WAYS)) {
    const answer = await ask(options, request);
    print(`${name}: ${answer.status} ${await answer.text()}`);
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await main();
