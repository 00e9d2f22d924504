/** The signal of the contract counts listeners as the platform does. */
import { expect, test } from 'vitest';
import { watchedSignal } from './watched-signal.ts';

const noop = (): void => {};

test('counts a listener once, and again when it is another or catches on the way down', () => {
  const watched = watchedSignal();
  watched.signal.addEventListener('abort', noop);
  watched.signal.addEventListener('abort', noop);
  watched.signal.addEventListener('abort', noop, false);
  expect(watched.listeners).toBe(1);
  watched.signal.addEventListener('abort', noop, true);
  watched.signal.addEventListener('abort', () => {}, { once: true });
  expect(watched.listeners).toBe(3);
  watched.signal.removeEventListener('abort', noop, { capture: true });
  watched.signal.removeEventListener('abort', noop);
  watched.signal.removeEventListener('abort', () => {});
  expect(watched.listeners).toBe(1);
});

test('a listener for one time is gone when that has come; another stays', () => {
  const watched = watchedSignal();
  watched.signal.addEventListener('abort', () => {}, { once: true });
  watched.signal.addEventListener('abort', noop);
  watched.abort('reason');
  expect([watched.listeners, watched.signal.reason]).toEqual([1, 'reason']);
});

test('a listener goes when the signal that it was given aborts', () => {
  const watched = watchedSignal();
  const until = new AbortController();
  watched.signal.addEventListener('abort', noop, { signal: until.signal });
  expect(watched.listeners).toBe(1);
  until.abort();
  watched.signal.addEventListener('abort', () => {}, { signal: until.signal });
  expect(watched.listeners).toBe(0);
});

test('listeners are still called, and onabort counts', () => {
  const watched = watchedSignal();
  const heard: string[] = [];
  watched.signal.addEventListener('abort', () => heard.push('listener'));
  watched.signal.onabort = () => heard.push('onabort');
  expect(watched.listeners).toBe(2);
  watched.abort('reason');
  expect(heard.toSorted()).toEqual(['listener', 'onabort']);
  watched.signal.onabort = null;
  expect(watched.listeners).toBe(1);
});
