/** Checks what the custom middleware adds, and where it stands. */
import { testClient } from '@interpose/http/testing';
import { expect, test } from 'vitest';
import { CustomFastApi } from './main.ts';

test('F-05 001-9 adds to state and answer', async () => {
  const answer = await testClient(new CustomFastApi().setup()).get('/data');
  expect(await answer.json()).toEqual({ custom_data: 'value' });
  expect(answer.headers.get('x-custom-header')).toBe('value');
});

test('F-05 F-08 001-9 stands behind the defaults, so a refusal does not reach it', async () => {
  const api = new CustomFastApi({ enableApiKey: true, environment: {}, onWarning: () => {} });
  expect(api.setup().userMiddlewares(false).at(-1)).toEqual({
    type: 'function',
    functionName: 'customMiddleware',
  });
  const answer = await testClient(api).get('/data');
  expect([answer.status, answer.headers.get('x-custom-header')]).toEqual([401, null]);
});
