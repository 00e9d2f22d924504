/** The unit test of the seed. */
import { withServer } from '@interpose/http/testing';
import { expect, test } from 'vitest';
import { makeApi } from './main.ts';

test('F-82 F-100 001-15 the status needs the key', async () => {
  await withServer(makeApi(), async (server) => {
    // Without API key
    expect((await server.get('/status')).status).toBe(401);
    // With API key
    const headers = { 'X-API-Key': 'test-key' };
    expect((await server.get('/status', { headers })).status).toBe(200);
  });
});
