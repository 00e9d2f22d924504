/** Checks the headers of a file and of another answer. */
import { expect, test } from 'vitest';
import { headersOf, withApi } from './main.ts';

test('F-23 F-40 F-51 001-11 a file may be kept, what is made for a request may not be by accident', async () => {
  await withApi(async (api) => {
    expect(await headersOf(api, '/static/site.css')).toEqual([
      'fast-api-request-id: id-1',
      'access-control-allow-origin: *',
      'cache-control: public, max-age=3600',
    ]);
    expect((await headersOf(api, '/config/status')).at(-1)).toBe('cache-control: none');
    expect((await headersOf(api, '/static/none.css')).at(-1)).toBe('cache-control: no-store');
  });
});
