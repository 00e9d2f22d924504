/** Checks the whole way of a request, and where it ends without a key. */
import { testClient } from '@interpose/http/testing';
import { expect, test } from 'vitest';
import { makeApi } from './main.ts';

const Origin = 'http://example.com';

async function wayOf(headers: Record<string, string>): Promise<readonly string[]> {
  const lines: string[] = [];
  await testClient(makeApi((line) => lines.push(line))).get('/hello', { headers });
  return lines;
}

test('F-01 F-20 001-2 each has done its part when the next one is asked', async () => {
  expect(await wayOf({ Origin, 'X-API-Key': 'your-secret-key' })).toEqual([
    'a client asks',
    'detect disconnect has set its flag: false',
    'http events has made an event of GET /hello',
    'the API key is right',
    'the handler answers /hello',
    'the answer goes back',
    'CORS has added its headers: *',
    'http events has recorded the answer: 200',
    'the client gets 200 hello',
  ]);
});

test('F-01 F-71 001-2 without a key it turns back before the handler, and is recorded all the same', async () => {
  const lines = await wayOf({ Origin });
  expect(lines.slice(3, 5)).toEqual([
    'CORS has added its headers: *',
    'http events has recorded the answer: 401',
  ]);
  expect(lines).not.toContain('the handler answers /hello');
});
