/** Checks the three layers of errors: who answers what, in which words, and what gets out to log and tracker. */
import { TimeoutError } from '@interpose/resilience';
import {
  BusinessRuleError,
  DatabaseError,
  type ErrorTracker,
  ValidationError,
} from '@interpose/resilience/boundary';
import { describe, expect, test } from 'vitest';
import { type Call, main, makeOrderDesk, type Reply, SoldOutError } from './main.ts';

const SORRY = { error: 'internal_server_error', message: 'An unexpected error occurred' };
const UNKNOWN = new TypeError('cow is not a function');

function setUp(tracker?: ErrorTracker) {
  const lines: string[] = [];
  const stacks: unknown[] = [];
  const desk = (place: (order: string) => Promise<string>): ReturnType<typeof makeOrderDesk> =>
    makeOrderDesk(
      place,
      {
        error: (_, message) => void lines.push(`error: ${message}`),
        fatal(fields, message) {
          lines.push(`fatal: ${message}`);
          stacks.push((fields as { err: { stack: unknown } }).err.stack);
        },
      },
      tracker,
    );
  const ask = async (error?: unknown, ctx: Call = { order: 'tea' }): Promise<Reply> =>
    desk(async (order) => {
      if (error !== undefined) throw error;
      return `one ${order}`;
    })(ctx);
  return { ask, lines, stacks };
}

describe('the order desk', () => {
  test('000-7 does not touch a result', async () => {
    const { ask, lines } = setUp();
    expect(await ask()).toStrictEqual({ receipt: 'one tea' });
    expect(lines).toEqual([]);
  });

  test('M-50 000-7 answers wrong input with its details, and a broken rule with its message', async () => {
    const { ask, lines } = setUp();
    const errors = [
      { field: 'name', message: 'An order needs a name.' },
      { field: 'size', message: 'And a size.' },
    ];
    expect(await ask(new ValidationError('Wrong.', { errors }))).toStrictEqual({
      error: 'validation_failed',
      details: errors,
    });
    expect(await ask(new BusinessRuleError('No gin before noon.'))).toStrictEqual({
      error: 'business_rule_violated',
      message: 'No gin before noon.',
    });
    expect(lines).toEqual([]);
  });

  test('000-7 answers an error of its own as it says', async () => {
    expect(await setUp().ask(new SoldOutError('Rum again on Monday.'))).toStrictEqual({
      error: 'sold_out',
      message: 'Rum again on Monday.',
    });
  });

  test('M-51 000-7 logs what failed in a system, and does not tell it to the caller', async () => {
    const { ask, lines } = setUp();
    expect(await ask(new DatabaseError('db-3 refused'))).toStrictEqual({
      error: 'service_unavailable',
      message: 'Database unavailable',
    });
    expect(await ask(new TimeoutError('cellar', 5000, 5003))).toStrictEqual({
      error: 'timeout',
      message: 'Request timed out',
    });
    expect(lines).toEqual([
      'error: Database error: db-3 refused',
      'error: Timeout: "cellar" ended the call: it took longer than 5000 ms.',
    ]);
  });

  test('M-52 000-7 logs everything else with its stack, tracks it, and says no word of it', async () => {
    const tracked: unknown[] = [];
    const { ask, lines, stacks } = setUp({
      captureException: (error, { context }) => tracked.push(error, context),
    });
    const ctx: Call = { order: 'milk' };
    expect(await ask(UNKNOWN, ctx)).toStrictEqual(SORRY);
    expect(lines).toEqual(['fatal: Unhandled error: TypeError: cow is not a function']);
    expect(stacks).toEqual([expect.stringContaining('main.test.ts')]);
    expect([tracked[0] === UNKNOWN, tracked[1] === ctx]).toEqual([true, true]);
  });

  test('M-52 000-7 needs no tracker', async () => {
    expect(await setUp().ask(UNKNOWN)).toStrictEqual(SORRY);
  });

  test('M-52 000-7 leaves alone a call that its caller has given up', async () => {
    const { ask, lines } = setUp();
    const signal = AbortSignal.abort();
    await expect(ask(signal.reason, { order: 'tea', signal })).rejects.toBe(signal.reason);
    expect(lines).toEqual([]);
  });

  test('000-7 X-R4 logs no secrets', async () => {
    const lines: string[] = [];
    await main((line) => lines.push(line));
    expect(lines.join('\n')).toContain('password=[redacted]');
    expect(lines.join('\n')).not.toContain('corkscrew');
  });
});
