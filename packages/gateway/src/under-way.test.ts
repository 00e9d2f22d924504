/** Tests of the requests that are under way. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { GatewayRequest } from './context.ts';
import { UnderWay } from './under-way.ts';

const request = (id: number): GatewayRequest => ({ id }) as unknown as GatewayRequest;

test('are those that have begun and not ended, however they come and go', () => {
  fc.assert(
    fc.property(fc.array(fc.nat({ max: 9 }), { maxLength: 40 }), (steps) => {
      const underWay = new UnderWay();
      const known = new Map<number, { readonly ctx: GatewayRequest; readonly at: number }>();
      for (const step of steps) {
        const one = known.get(step);
        if (one) {
          underWay.remove(one.at);
          known.delete(step);
        } else {
          const ctx = request(step);
          known.set(step, { ctx, at: underWay.add(ctx) });
        }
        const wanted = [...known.values()].map(({ ctx }) => ctx);
        expect(new Set(underWay.requests)).toEqual(new Set(wanted));
        expect(underWay.size).toBe(wanted.length);
      }
    }),
  );
});

test('are waited for by those who asked while they were under way, and no others are', async () => {
  const underWay = new UnderWay();
  const [first, second] = [underWay.add(request(1)), underWay.add(request(2))];
  const told: string[] = [];
  const waiting = underWay.settled().then(() => told.push('both'));
  underWay.remove(first);
  // It gets the place of the first, and is not waited for.
  const third = underWay.add(request(3));
  await Promise.resolve();
  expect(told).toEqual([]);
  const later = underWay.settled().then(() => told.push('later'));
  underWay.remove(second);
  await waiting;
  expect(told).toEqual(['both']);
  underWay.remove(third);
  await later;
  expect(told).toEqual(['both', 'later']);
});

test('nobody waits where none are under way, and a place is left once', async () => {
  const underWay = new UnderWay();
  await underWay.settled();
  const at = underWay.add(request(1));
  underWay.remove(at);
  underWay.remove(at);
  expect(underWay.size).toBe(0);
  expect([underWay.add(request(2)), underWay.add(request(3))]).toEqual([0, 1]);
});
