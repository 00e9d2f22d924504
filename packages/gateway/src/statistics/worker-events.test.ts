/** Tests of what workers tell each other. */
import { fakeClock } from '@interpose/testing';
import { describe, expect, test } from 'vitest';
import { memoryLogger } from '../../test-kit/loopback.ts';
import { MemoryDictionary } from '../dictionaries/memory-dictionary.ts';
import { dictionaryEvents, type WorkerEvent } from './worker-events.ts';

/** Workers on one dictionary. */
function workers() {
  const clock = fakeClock();
  const dictionary = new MemoryDictionary('worker_events', { clock });
  const logger = memoryLogger();
  const worker = (workerId: string) => dictionaryEvents({ dictionary, clock, logger, workerId });
  return { clock, dictionary, logger, worker };
}

/** A listener that keeps what it hears. */
function keeping() {
  const heard: WorkerEvent[] = [];
  return { heard, listen: (event: WorkerEvent) => void heard.push(event) };
}

describe('an event', () => {
  test('G-69 reaches every worker that listens for its name, the own one included, each once and in order', async () => {
    const { clock, worker } = workers();
    const [one, other] = [worker('1'), worker('2')];
    const [mine, theirs] = [keeping(), keeping()];
    one.subscribe('ban', mine.listen);
    other.subscribe('ban', theirs.listen);
    await clock.advance(0);
    await one.publish('ban', { ip: '203.0.113.9' });
    await one.publish('other', 1);
    await one.publish('ban', { ip: '203.0.113.10' });
    expect(mine.heard.map(({ data }) => data)).toEqual([
      { ip: '203.0.113.9' },
      { ip: '203.0.113.10' },
    ]);
    expect(theirs.heard).toEqual([]);
    await clock.advance(1000);
    expect(theirs.heard).toEqual(mine.heard);
    expect(theirs.heard).toMatchObject([{ number: 1, name: 'ban', from: '1' }, { number: 3 }]);
    await clock.advance(10_000);
    expect(theirs.heard).toHaveLength(2);
    one.close();
    other.close();
    expect(clock.pending).toBe(0);
  });

  test('that was told before somebody listened is not heard, nor after he has left', async () => {
    const { clock, worker } = workers();
    const [one, other] = [worker('1'), worker('2')];
    await one.publish('a', 'before');
    const { heard, listen } = keeping();
    const leave = other.subscribe('a', listen);
    await one.publish('a', 'while');
    await clock.advance(1000);
    leave();
    await one.publish('a', 'after');
    await clock.advance(5000);
    expect(heard.map(({ data }) => data)).toEqual(['while']);
    expect(clock.pending).toBe(0);
  });

  test('that is counted and not there yet is waited for, but not for ever', async () => {
    const { clock, worker, dictionary } = workers();
    const one = worker('1');
    const { heard, listen } = keeping();
    one.subscribe('a', listen);
    await clock.advance(0);
    dictionary.incr('sequence', 1, { init: 0 });
    await clock.advance(1000);
    dictionary.set('event:1', JSON.stringify({ name: 'a', data: 'late', from: '9' }));
    await clock.advance(1000);
    expect(heard.map(({ data }) => data)).toEqual(['late']);
    // The next one never comes: its teller has died.
    dictionary.incr('sequence', 1);
    await one.publish('a', 'goes on');
    await clock.advance(10_000);
    expect(heard.map(({ data }) => data)).toEqual(['late', 'goes on']);
    one.close();
  });

  test('is heard although the dictionary was emptied, and although a listener throws', async () => {
    const { clock, worker, dictionary, logger } = workers();
    const one = worker('1');
    const { heard, listen } = keeping();
    one.subscribe('a', () => {
      throw new Error('deaf');
    });
    one.subscribe('a', listen);
    await clock.advance(0);
    await one.publish('a', 1);
    dictionary.flushAll();
    await clock.advance(1000);
    await one.publish('a', 2);
    expect(heard.map(({ data }) => data)).toEqual([1, 2]);
    expect(logger.messages('error')).toEqual([
      'Worker events failed: deaf',
      'Worker events failed: deaf',
    ]);
    one.close();
  });
});
