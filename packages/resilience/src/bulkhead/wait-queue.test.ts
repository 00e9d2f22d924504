/** Tests of the queues in which calls wait. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ArrivalQueue, type Queued, RankQueue, type WaitQueue } from './wait-queue.ts';

class Item implements Queued<Item> {
  ahead: Item | undefined;
  behind: Item | undefined;
  arrival = 0;
  index = 0;
  readonly id: number;
  readonly rank: number;

  constructor(id: number, rank: number) {
    this.id = id;
    this.rank = rank;
  }
}

const queues: [string, () => WaitQueue<Item>, (waiting: Item[]) => Item | undefined][] = [
  ['by arrival', () => new ArrivalQueue(), (waiting) => waiting[0]],
  ['newest first', () => new ArrivalQueue({ newestFirst: true }), (waiting) => waiting.at(-1)],
  [
    'by rank',
    () => new RankQueue(),
    (waiting) => waiting.toSorted((one, other) => one.rank - other.rank)[0],
  ],
];

describe.each(queues)('a queue %s', (_name, make, nextOf) => {
  test('gives the next one that a plain list would give, whoever leaves from wherever', () => {
    const step = fc.oneof(
      fc.record({ kind: fc.constant('add' as const), at: fc.integer({ min: 0, max: 4 }) }),
      fc.record({ kind: fc.constant('leave' as const), at: fc.nat(100) }),
      fc.record({ kind: fc.constant('take' as const), at: fc.constant(0) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
        const queue = make();
        const list: Item[] = [];
        for (const [id, { kind, at }] of steps.entries()) {
          if (kind === 'add') {
            const item = new Item(id, at);
            queue.add(item);
            list.push(item);
          } else {
            const gone = kind === 'take' ? nextOf(list) : list[at % Math.max(1, list.length)];
            if (gone) {
              queue.remove(gone);
              list.splice(list.indexOf(gone), 1);
            }
          }
          expect([queue.size, queue.next?.id]).toEqual([list.length, nextOf(list)?.id]);
        }
      }),
      { numRuns: 300 },
    );
  });

  test('an item that has left can come again', () => {
    const queue = make();
    const [one, two] = [new Item(1, 0), new Item(2, 0)];
    for (const item of [one, two]) queue.add(item);
    queue.remove(one);
    queue.add(one);
    queue.remove(two);
    expect([queue.size, queue.next]).toEqual([1, one]);
  });
});

test('a hundred thousand come and leave from the middle in time that does not grow with their number', () => {
  for (const make of [() => new ArrivalQueue<Item>(), () => new RankQueue<Item>()]) {
    const queue = make();
    const items = Array.from({ length: 100_000 }, (_, id) => new Item(id, (id * 7919) % 500));
    const startMs = performance.now();
    for (const item of items) queue.add(item);
    for (const item of items.toReversed()) queue.remove(item);
    expect(queue.size).toBe(0);
    // A search of the row for each of them would take 5e9 steps.
    expect(performance.now() - startMs).toBeLessThan(2000);
  }
});
