/** Tests of events: who is told what, and that nobody is disturbed. */
import { fakeClock } from '@interpose/testing';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { Events } from './events.ts';

interface Facts {
  readonly began: { readonly n: number };
  readonly ended: object;
  readonly [type: string]: object;
}

const eventsOf = (onListenerError?: (error: unknown) => void): Events<Facts> =>
  new Events<Facts>({ policy: 'p', clock: fakeClock({ startMs: 7 }), onListenerError }, [
    'began',
    'ended',
  ]);

afterEach(() => {
  vi.restoreAllMocks();
});

describe('Events', () => {
  test('tells those who listen to the event, then those who listen to all', () => {
    const events = eventsOf();
    const told: unknown[] = [];
    events.on('*', (event) => told.push(['all', event]));
    events.on('began', (event) => told.push(['one', event]));
    events.emit('began', { n: 1 });
    events.emit('ended', {});
    const began = { type: 'began', policy: 'p', atMs: 7, n: 1 };
    expect(told).toEqual([
      ['one', began],
      ['all', began],
      ['all', { type: 'ended', policy: 'p', atMs: 7 }],
    ]);
  });

  test('is heard while somebody listens, and a listener counts once', () => {
    const events = eventsOf();
    let calls = 0;
    const listener = (): void => void calls++;
    expect(events.heard).toBe(false);
    const stops = [events.on('began', listener), events.on('began', listener)];
    events.emit('began', { n: 1 });
    expect([events.heard, calls]).toEqual([true, 1]);
    for (const stop of stops) stop();
    expect(events.heard).toBe(false);
    events.emit('began', { n: 2 });
    expect(calls).toBe(1);
  });

  test('X-R7 what a listener throws, now or later, disturbs nobody', async () => {
    const failures: unknown[] = [];
    const events = eventsOf((error) => failures.push(error));
    const told: string[] = [];
    events.on('began', () => {
      throw 'now';
    });
    events.on('began', () => Promise.reject('later'));
    events.on('began', () => told.push('told'));
    events.emit('began', { n: 1 });
    await Promise.resolve();
    expect([failures, told]).toEqual([['now', 'later'], ['told']]);
  });

  test('X-R7 nor does whoever hears of it', () => {
    const written = vi.spyOn(console, 'error').mockImplementation(() => {});
    const events = eventsOf(() => {
      throw 'another';
    });
    events.on('began', () => {
      throw 'one';
    });
    events.emit('began', { n: 1 });
    expect(written.mock.lastCall?.[1]).toBe('another');
  });

  test('refuses to listen to what there is not', () => {
    expect(() => eventsOf().on('begun', () => {})).toThrow(
      '"p" has no event "begun". Did you mean "began"?',
    );
  });
});
