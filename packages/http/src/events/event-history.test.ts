/** The events that are kept. */
import { expect, test } from 'vitest';
import { EventHistory } from './event-history.ts';
import type { HttpEvent } from './http-event.ts';

/** What the history looks at. */
const event = (id: number, bytes = 10): HttpEvent =>
  ({ eventId: String(id), bytes, isKept: true }) as unknown as HttpEvent;

const ids = (events: readonly HttpEvent[]): string[] => events.map(({ eventId }) => eventId);

test('the oldest go when there are too many, however long that goes on', () => {
  const history = new EventHistory({ maxRequestsLogged: 3, maxBytes: 1e6 });
  const all = Array.from({ length: 200 }, (_, at) => event(at));
  for (const [at, one] of all.entries()) {
    history.add(one);
    const kept = all.slice(Math.max(0, at - 2), at + 1);
    expect(history.all).toEqual(kept);
    expect(all.filter(({ isKept }) => isKept)).toEqual(all.slice(Math.max(0, at - 2)));
  }
  expect(ids(history.recent(2))).toEqual(['198', '199']);
  expect(history.recent(0)).toEqual([]);
  expect(ids(history.recent(9))).toEqual(['197', '198', '199']);
});

test('the oldest go when they take too much room, and one that has grown counts for what it is', () => {
  const history = new EventHistory({ maxRequestsLogged: 100, maxBytes: 100 });
  const all = Array.from({ length: 30 }, (_, at) => event(at));
  for (const one of all) history.add(one);
  expect(history.all).toHaveLength(10);
  const last = all[29] as HttpEvent;
  last.bytes += 75;
  history.grew(last, 75);
  expect(ids(history.all)).toEqual(['28', '29']);
  const first = all[0] as HttpEvent;
  first.bytes += 1000;
  history.grew(first, 1000);
  expect(ids(history.all)).toEqual(['28', '29']);
  history.add(event(30, 500));
  expect(history.all).toEqual([]);
  history.add(event(31));
  expect(ids(history.all)).toEqual(['31']);
});

test('can be emptied, and begins anew', () => {
  const history = new EventHistory({ maxRequestsLogged: 50, maxBytes: 1000 });
  const all = Array.from({ length: 120 }, (_, at) => event(at));
  for (const one of all) history.add(one);
  history.clear();
  expect(history.all).toEqual([]);
  expect(all.some(({ isKept }) => isKept)).toBe(false);
  for (let at = 0; at < 51; at++) history.add(event(at));
  expect(ids(history.all)).toEqual(Array.from({ length: 50 }, (_, at) => String(at + 1)));
});
