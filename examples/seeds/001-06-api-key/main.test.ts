/** Checks every way through the seed's flow chart. */
import { expect, test } from 'vitest';
import { ask, WAYS } from './main.ts';

const refused = (error: string, message: string) => ({
  status: 401,
  body: { status: 'error', message, error, data: null },
});

test.each([
  ['no key name', refused('NO_KEY_NAME_SETUP', 'Server does not have API key name setup')],
  ['no key value', refused('NO_KEY_VALUE_SETUP', 'Server does not have API key value setup')],
  [
    'nothing brought',
    refused(
      'API_KEY_MISSING',
      'Client API key is missing, you need to set it on a header or cookie',
    ),
  ],
  ['a wrong header', refused('API_KEY_INVALID', 'Invalid API key value')],
  ['a wrong header and a right cookie', refused('API_KEY_INVALID', 'Invalid API key value')],
])('F-61 F-62 F-63 F-65 001-6 %s', async (name, { status, body }) => {
  const answer = await ask(...(WAYS[name] as (typeof WAYS)[string]));
  expect([answer.status, await answer.json()]).toEqual([status, body]);
});

test.each(['a right header', 'a right cookie'])('F-61 001-6 %s lets in', async (name) => {
  const answer = await ask(...(WAYS[name] as (typeof WAYS)[string]));
  expect([answer.status, await answer.text()]).toEqual([200, 'let in']);
});
