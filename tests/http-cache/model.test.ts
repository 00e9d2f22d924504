/** Whatever is asked in whatever order: nobody gets what is another's, what is older than allowed, or what was before a change. */
import fc from 'fast-check';
import { settle } from '@interpose/testing';
import { expect, test } from 'vitest';
import { cachedApp } from './cached-app.ts';

interface Policy {
  readonly maxAge: number;
  readonly behind: number;
  readonly covers: number;
  readonly extra: '' | 'no-cache' | 'private' | 'must-revalidate' | 'no-store';
  readonly varies: boolean;
  readonly tagged: boolean;
}

type Step =
  | {
      readonly do: 'get' | 'head';
      readonly page: number;
      readonly x: string;
      readonly asks: string;
    }
  | { readonly do: 'post' | 'purge' | 'break'; readonly page: number }
  | { readonly do: 'wait'; readonly seconds: number };

const PAGES = 3;
const policy: fc.Arbitrary<Policy> = fc.record({
  maxAge: fc.nat({ max: 20 }),
  behind: fc.constantFrom(0, 0, 5),
  covers: fc.constantFrom(0, 0, 5),
  extra: fc.constantFrom('', '', '', 'no-cache', 'private', 'must-revalidate', 'no-store'),
  varies: fc.boolean(),
  tagged: fc.boolean(),
});
const page = fc.nat({ max: PAGES - 1 });
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constantFrom('get' as const, 'get' as const, 'head' as const),
      page,
      x: fc.constantFrom('1', '2', '3'),
      asks: fc.constantFrom('', '', '', 'no-cache', 'max-age=3', 'no-store', 'min-fresh=4'),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constantFrom('post' as const, 'purge' as const, 'break' as const),
      page,
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant('wait' as const), seconds: fc.nat({ max: 15 }) }),
  },
);

test('what is given is for whoever asked, no older than it may be, and from after the last change', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(policy, { minLength: PAGES, maxLength: PAGES }),
      fc.array(step, { maxLength: 40 }),
      async (policies, steps) => {
        const broken = new Set<number>();
        const changedAt = policies.map(() => -1);
        const given = new Set<string>();
        const kit = cachedApp(
          (ctx, count) => {
            const at = Number(ctx.path.slice(1));
            const { maxAge, behind, covers, extra, varies, tagged } = policies[at] as Policy;
            if (ctx.method === 'POST') return { status: 204, body: null };
            if (broken.has(at)) return { status: 503, body: 'broken' };
            const etag = `"${at}-${varies ? ctx.headers.get('x') : ''}-${changedAt[at]}"`;
            const isSame = tagged && ctx.headers.get('if-none-match')?.split(', ').includes(etag);
            return {
              status: isSame ? 304 : 200,
              headers: {
                'Cache-Control': [
                  `max-age=${maxAge}`,
                  `stale-while-revalidate=${behind}`,
                  `stale-if-error=${covers}`,
                  extra,
                ]
                  .filter(Boolean)
                  .join(', '),
                ...(varies && { Vary: 'X' }),
                ...(tagged && { ETag: etag }),
                'X-Made': String(kit.clock.now()),
              },
              body: isSame
                ? null
                : JSON.stringify({ at, x: ctx.headers.get('x'), change: changedAt[at], count }),
            };
          },
          { maxVariants: 2 },
        );
        for (const one of steps) {
          await settle();
          const now = kit.clock.now();
          if (one.do === 'wait') await kit.clock.advance(one.seconds * 1000);
          else if (one.do === 'break') {
            if (!broken.delete(one.page)) broken.add(one.page);
          } else if (one.do === 'purge') await kit.cache.purge(`http://host/${one.page}`);
          else if (one.do === 'post') {
            changedAt[one.page] = now;
            await kit.request(`/${one.page}`, { method: 'POST' });
          } else if ('asks' in one) {
            const own = policies[one.page] as Policy;
            const headers = { X: one.x, ...(one.asks && { 'Cache-Control': one.asks }) };
            const got = await kit.request(`/${one.page}`, { method: one.do, headers });
            if (got.status === 503) {
              expect(broken.has(one.page)).toBe(true);
              continue;
            }
            expect(got.status).toBe(200);
            const ageS = (now - Number(got.headers.get('x-made'))) / 1000;
            const isCovered = got.did.includes('fwd-status=503');
            const isStrict = own.extra === 'must-revalidate';
            const late = isStrict ? 0 : isCovered ? own.covers : own.behind;
            if (ageS > 0) expect(ageS).toBeLessThan(own.maxAge + late);
            if (one.asks === 'max-age=3' && !isCovered) expect(ageS).toBeLessThanOrEqual(3);
            if (one.asks === 'no-cache' && !isCovered) expect(ageS).toBe(0);
            if (['private', 'no-store', 'no-cache'].includes(own.extra)) expect(ageS).toBe(0);
            if (one.do === 'head') continue;
            const said = JSON.parse(got.text) as Record<string, unknown>;
            expect(said['at']).toBe(one.page);
            if (own.varies) expect(said['x']).toBe(one.x);
            expect(said['change']).toBe(changedAt[one.page]);
            if (own.extra === 'private' || own.extra === 'no-store') {
              expect(given.has(got.text)).toBe(false);
            }
            given.add(got.text);
          }
        }
        await settle();
        expect(kit.clock.pending).toBe(0);
      },
    ),
    { numRuns: 400 },
  );
}, 60_000);
