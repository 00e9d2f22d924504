/** Checks that everything is there, once. */
import { testClient } from '@interpose/http/testing';
import { expect, test } from 'vitest';
import { makeApi } from './main.ts';

test('F-03 F-04 001-12 the four middleware and the default routes are there', async () => {
  const api = makeApi();
  expect(api.setup()).toBe(api);
  expect(api.userMiddlewares()).toHaveLength(4);
  expect(api.routesPaths({ includeDefault: true })).toEqual(
    expect.arrayContaining([
      '/',
      '/auth/set-auth-cookie',
      '/auth/set-cookie-form',
      '/config/info',
      '/config/status',
      '/config/version',
      '/docs',
      '/status',
    ]),
  );
  expect((await testClient(api).get('/config/status')).status).toBe(200);
});
