/** The routes that every contender has, and what is asked of them. */
import { expect, test } from 'vitest';
import { MIX, ONE_PARAMETER, ROUTES, STATIC, TWO_PARAMETERS } from './two-hundred-routes.ts';

test('there are 200 routes, each once', () => {
  expect(ROUTES.map(({ index }) => index)).toEqual([...Array(200).keys()]);
  expect(new Set(ROUTES.map(({ method, path }) => `${method} ${path}`)).size).toBe(200);
});

test('what is asked leads to the routes added last, or to those of every kind', () => {
  expect([STATIC, ONE_PARAMETER, TWO_PARAMETERS].map(({ answer }) => answer)).toEqual([
    '{"route":197}',
    '{"route":198,"id":"id-39"}',
    '{"route":199,"id":"id-39","part":"wheel"}',
  ]);
  expect(TWO_PARAMETERS.path).toBe('/api/v1/resource-39/id-39/parts/wheel');
  expect(MIX).toHaveLength(20);
  const kinds = MIX.map(
    ({ answer }) => (JSON.parse(answer as string) as { route: number }).route % 5,
  );
  expect([...new Set(kinds)].toSorted((one, other) => one - other)).toEqual([0, 1, 2, 3, 4]);
  expect(MIX.filter(({ method }) => method === 'POST').length).toBeGreaterThan(2);
});
