/** Checks what each flag switches on. */
import { expect, test } from 'vitest';
import { makeApi, tryOut } from './main.ts';

test.each([
  [{}, 'detectDisconnect > httpEvents: 200, allowed origin none'],
  [{ enableCors: true }, 'detectDisconnect > httpEvents > cors: 200, allowed origin *'],
  [{ enableApiKey: true }, 'detectDisconnect > httpEvents > apiKey: 401, allowed origin none'],
  [
    { enableCors: true, enableApiKey: true },
    'detectDisconnect > httpEvents > cors > apiKey: 401, allowed origin *',
  ],
])('F-03 001-7 with %j', async (flags, said) => {
  expect(await tryOut(makeApi(flags))).toBe(said);
});
