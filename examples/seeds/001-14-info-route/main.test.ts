/** Checks the three fields. */
import { testClient } from '@interpose/http/testing';
import { expect, test } from 'vitest';
import { makeApi } from './main.ts';

test.each([
  [undefined, null],
  ['value', 'value'],
])('F-23 F-26 001-14 with the custom data %j', async (given, told) => {
  const answer = await testClient(makeApi(given)).get('/info');
  expect(await answer.json()).toEqual({
    request_id: answer.headers.get('fast-api-request-id'),
    is_disconnected: false,
    custom_data: told,
  });
});
