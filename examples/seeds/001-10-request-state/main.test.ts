/** Checks that the five fields are there, and what they are. */
import { testClient } from '@interpose/http/testing';
import { expect, test } from 'vitest';
import { makeApi } from './main.ts';

test('F-10 F-23 F-24 F-25 001-10 the five fields of the state are what they should be', async () => {
  const answer = await testClient(makeApi()).get('/state');
  expect(await answer.json()).toEqual({
    isDisconnected: false,
    httpEvents: true,
    requestId: true,
    requestData: true,
    userMessage: 'Hello from the middleware',
  });
});
