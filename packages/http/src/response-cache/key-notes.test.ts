/** Tests of what is remembered of keys. */
import { fakeClock } from '@interpose/testing';
import { expect, test } from 'vitest';
import { KeyNotes } from './key-notes.ts';

test('remembers for a while that answers cannot be shared', () => {
  const clock = fakeClock();
  const notes = new KeyNotes(clock, 1_000);
  notes.unshared('a');
  clock.advanceSync(999);
  expect([notes.isUnshared('a'), notes.isUnshared('b')]).toEqual([true, false]);
  clock.advanceSync(1);
  expect(notes.isUnshared('a')).toBe(false);
});

test('remembers by what answers vary, also while they cannot be shared', () => {
  const notes = new KeyNotes(fakeClock(), 1_000);
  notes.shared('a', ['x']);
  expect(notes.variesOf('a')).toEqual(['x']);
  notes.unshared('a');
  expect([notes.variesOf('a'), notes.isUnshared('a')]).toEqual([['x'], true]);
  notes.shared('a', ['y']);
  expect([notes.variesOf('a'), notes.isUnshared('a')]).toEqual([['y'], false]);
  notes.shared('a', []);
  expect([notes.variesOf('a'), notes.size]).toEqual([[], 0]);
});

test('forgets what it was told of longest ago before it takes more than so much memory', () => {
  const notes = new KeyNotes(fakeClock(), 1_000);
  const long = 'x'.repeat(8_000);
  for (let at = 0; at < 1_000; at++) {
    notes.unshared(`${at}${long}`);
    notes.unshared('asked again');
  }
  expect(notes.size).toBeLessThan(140);
  expect(notes.size).toBeGreaterThan(100);
  expect([notes.isUnshared(`0${long}`), notes.isUnshared(`999${long}`)]).toEqual([false, true]);
  expect(notes.isUnshared('asked again')).toBe(true);
});
