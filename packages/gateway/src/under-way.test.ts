/** Tests of the requests that are under way. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { GatewayRequest } from './context.ts';
import { UnderWay } from './under-way.ts';

test('are those that have begun and not ended, however they come and go', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat({ max: 9 }), { maxLength: 40 }), async (steps) => {
      const underWay = new UnderWay();
      const known = new Map<number, { readonly ctx: GatewayRequest; end(): void }>();
      for (const step of steps) {
        const one = known.get(step);
        if (one) {
          one.end();
          known.delete(step);
          await Promise.resolve();
        } else {
          const ctx = { step } as unknown as GatewayRequest;
          let end = (): void => {};
          underWay.add(ctx, new Promise<void>((resolve) => (end = resolve)));
          known.set(step, { ctx, end: () => end() });
        }
        const wanted = [...known.values()].map(({ ctx }) => ctx);
        expect(new Set(underWay.requests)).toEqual(new Set(wanted));
        expect(underWay.size).toBe(wanted.length);
        expect(underWay.endings).toHaveLength(wanted.length);
      }
    }),
  );
});
