/** The integration test of the seed. */
import { withServer } from '@interpose/http/testing';
import { expect, test } from 'vitest';
import { HEADERS, makeApi } from './main.ts';

test('F-51 F-114 001-16 the same answer has the headers of CORS and the id of the request', async () => {
  await withServer(makeApi(), async (server) => {
    const answer = await server.get('/status', { headers: HEADERS });
    expect(answer.status).toBe(200);
    expect(answer.headers.has('access-control-allow-origin')).toBe(true);
    expect(answer.headers.has('fast-api-request-id')).toBe(true);
  });
});
