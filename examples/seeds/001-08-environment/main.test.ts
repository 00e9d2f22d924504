/** Checks that the names of the seed's variables are honoured, and that without them nobody is let in. */
import { withEnvironment } from '@interpose/http/testing';
import { expect, test } from 'vitest';
import { statusesFor } from './main.ts';

const KEY = { 'X-API-Key': 'your-secret-key' };
const NAME = 'FAST_API__AUTH__API_KEY__NAME';
const VALUE = 'FAST_API__AUTH__API_KEY__VALUE';

test('F-60 001-8 name and value are those of the environment', async () => {
  await withEnvironment({ [NAME]: 'X-API-Key', [VALUE]: 'your-secret-key' }, async () => {
    expect(await statusesFor([KEY, { 'X-API-Key': 'another' }, {}])).toEqual([200, 401, 401]);
  });
  await withEnvironment({ [NAME]: 'X-Other', [VALUE]: 'other' }, async () => {
    expect(await statusesFor([KEY, { 'X-Other': 'other' }])).toEqual([401, 200]);
  });
});

test('F-60 F-68 001-8 without them every request is refused', async () => {
  await withEnvironment({ [NAME]: undefined, [VALUE]: undefined }, async () => {
    expect(await statusesFor([KEY, {}, { 'X-API-Key': 'undefined' }])).toEqual([401, 401, 401]);
  });
});
