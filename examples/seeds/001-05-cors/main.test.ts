/** Checks every header value of the seed's table. */
import { expect, test } from 'vitest';
import { corsHeaders, makeClient } from './main.ts';

const LIST = 'Content-Type, X-Requested-With, Origin, Accept, Authorization';
const Origin = 'http://example.com';
const preflight = { headers: { Origin, 'Access-Control-Request-Method': 'POST' } };

test('F-50 F-51 001-5 an answer has the values of the table, but no credentials for any origin', async () => {
  const warnings: string[] = [];
  const client = makeClient(['*'], (warning) => warnings.push(warning));
  expect(corsHeaders(await client.get('/', { headers: { Origin } }))).toEqual({
    'access-control-allow-origin': '*',
    'access-control-expose-headers': LIST,
  });
  expect(warnings.join()).toContain('credentials are not allowed, as any origin is');
});

test('F-50 F-52 001-5 a preflight has the lists of methods and headers', async () => {
  const answer = await makeClient(['*'], () => {}).options('/', preflight);
  expect(answer.status).toBe(204);
  expect(corsHeaders(answer)).toMatchObject({
    'access-control-allow-origin': '*',
    'access-control-allow-methods': 'GET, POST, HEAD',
    'access-control-allow-headers': LIST,
  });
});

test('F-50 F-53 001-5 an origin that is named may bring credentials', async () => {
  const client = makeClient([Origin], () => {});
  expect(corsHeaders(await client.get('/', { headers: { Origin } }))).toMatchObject({
    'access-control-allow-origin': Origin,
    'access-control-allow-credentials': 'true',
    vary: 'Origin',
  });
});
