/** Checks when the service is asked and when not, and what callers are told. */
import { fakeClock, pending } from '@interpose/testing';
import { describe, expect, test } from 'vitest';
import { main, makePriceList } from './main.ts';

function setUp() {
  const clock = fakeClock();
  const asked: string[] = [];
  const service = { isDown: true };
  const fault = new Error('down');
  const list = makePriceList(async (item) => {
    asked.push(item);
    if (service.isDown) throw fault;
    return 7;
  }, clock);
  const ask = async (item = 'tea'): Promise<unknown> => {
    try {
      return await list.priceOf({ item });
    } catch (error) {
      return error;
    }
  };
  const trip = async (): Promise<void> => {
    for (let call = 0; call < 3; call++) await ask();
  };
  return { clock, asked, service, fault, ask, trip, ...list };
}

describe('the price list', () => {
  test('M-61 M-62 000-8 starts closed, lets errors pass as they are, and opens at the third in a row', async () => {
    const { ask, fault, breaker } = setUp();
    expect(breaker.state()).toMatchObject({ state: 'closed', failures: 0 });
    for (let call = 0; call < 3; call++) {
      expect(breaker.state().state).toBe('closed');
      expect(await ask()).toBe(fault);
    }
    expect(breaker.state().state).toBe('open');
  });

  test('M-62 000-8 a success in between starts the count anew', async () => {
    const { ask, service, breaker } = setUp();
    for (const isDown of [true, true, false, true, true]) {
      service.isDown = isDown;
      await ask();
    }
    expect(breaker.state().state).toBe('closed');
  });

  test('M-63 000-8 while it is open the service is not asked, and callers learn when to come again', async () => {
    const { ask, asked, clock, fault, trip } = setUp();
    await trip();
    await clock.advance(10_000);
    expect(await ask('hats')).toMatchObject({
      code: 'CIRCUIT_OPEN',
      message: expect.stringContaining('Circuit breaker is open'),
      retryAfterMs: 20_000,
      cause: fault,
    });
    expect(asked).not.toContain('hats');
  });

  test('M-64 M-65 000-8 after thirty seconds one call tries, and closes it or opens it again', async () => {
    const { ask, clock, service, breaker, fault, trip } = setUp();
    await trip();
    await clock.advance(30_001);
    expect(await ask()).toBe(fault);
    expect(breaker.state().state).toBe('open');
    await clock.advance(60_001);
    service.isDown = false;
    expect(await ask()).toBe(7);
    expect(breaker.state()).toMatchObject({ state: 'closed', failures: 0 });
  });

  test('M-65 000-8 while one call tries, the others are refused', async () => {
    const clock = fakeClock();
    const trial = pending<number>();
    let calls = 0;
    const { priceOf } = makePriceList(async () => {
      if (++calls <= 3) throw new Error('down');
      return trial;
    }, clock);
    const ask = async (): Promise<unknown> => priceOf({ item: 'tea' });
    for (let call = 0; call < 3; call++) await ask().catch(() => {});
    await clock.advance(30_001);
    const tried = ask();
    await expect(ask()).rejects.toMatchObject({ code: 'CIRCUIT_OPEN', state: 'half-open' });
    trial.resolve(7);
    expect(await tried).toBe(7);
    expect(await ask()).toBe(7);
    expect(calls).toBe(5);
  });

  test('000-8 says what it does', async () => {
    const lines: string[] = [];
    await main((line) => lines.push(line.trim()));
    expect(lines.filter((line) => line.startsWith('the service is asked'))).toHaveLength(6);
    expect(lines.at(-1)).toBe('the circuit is closed');
  });
});
