/** Tests of fallback. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { pipeline } from '@interpose/kernel';
import { fakeClock, middlewareContract, pending, settle } from '@interpose/testing';
import { describe, expect, test } from 'vitest';
import { bulkhead } from './bulkhead/bulkhead.ts';
import { CircuitOpenError, TimeoutError } from './errors.ts';
import { fallback, type FallbackOptions } from './fallback.ts';
import { timeout } from './timeout/timeout.ts';

interface Call {
  readonly signal?: AbortSignal;
}

for (const law of middlewareContract(() => fallback({ fallback: 'other' }), {
  handlesErrors: true,
  sync: true,
})) {
  test(`fallback ${law.name}`, law.check);
}

const fault = new Error('down');

function under(handler: (ctx: Call) => unknown, options: FallbackOptions<Call>) {
  const policy = fallback<Call>({ clock: fakeClock(), ...options });
  const events: unknown[] = [];
  policy.on('*', ({ policy: _name, atMs: _at, ...event }) => events.push(event));
  const serve = pipeline<Call, unknown>().use(policy).handle(handler);
  const outcomeOf = async (ctx: Call = {}): Promise<unknown> => {
    try {
      return await serve(ctx);
    } catch (error) {
      return error;
    }
  };
  return { policy, events, serve, outcomeOf };
}

const fails = (): never => {
  throw fault;
};

describe('the other answer', () => {
  test.each([undefined, null, 0, '', false, 'other'])('may be the value %j', (value) => {
    expect(under(fails, { fallback: value }).serve({})).toBe(value);
  });

  test('A3.12 a function is told why, and in which call', async () => {
    const ctx: Call = {};
    const told: unknown[] = [];
    const { serve, outcomeOf } = under(fails, {
      fallback: (...args: unknown[]) => {
        told.push(args);
        return 'other';
      },
    });
    expect(serve(ctx)).toBe('other');
    await outcomeOf(ctx);
    expect(told).toEqual([
      [{ ok: false, error: fault }, ctx],
      [{ ok: false, error: fault }, ctx],
    ]);
    expect((told[0] as unknown[])[1]).toBe(ctx);
  });

  test('may come later', async () => {
    const other = pending<string>();
    const { outcomeOf, events } = under(async () => fails(), { fallback: () => other });
    const call = outcomeOf();
    await settle();
    expect(events).toEqual([]);
    other.resolve('late');
    expect(await call).toBe('late');
    expect(events).toEqual([{ type: 'fellBack', cause: { ok: false, error: fault } }]);
  });

  test('is asked for at most once, and not where nothing has failed', async () => {
    let asked = 0;
    const options = {
      fallback: () => {
        asked++;
        return fails();
      },
    };
    await under(fails, options).outcomeOf();
    expect(asked).toBe(1);
    expect(await under(() => undefined, options).outcomeOf()).toBeUndefined();
    expect(asked).toBe(1);
  });

  test('stands in for refusals and timeouts, too', async () => {
    const refusal = new CircuitOpenError({ policy: 'breaker', state: 'open' });
    expect(await under(() => Promise.reject(refusal), { fallback: 'other' }).outcomeOf()).toBe(
      'other',
    );
    const clock = fakeClock();
    const causes: unknown[] = [];
    const serve = pipeline<Call, string>()
      .use(
        fallback({
          fallback: (outcome) => {
            causes.push(outcome);
            return 'other';
          },
        }),
      )
      .use(timeout({ clock, timeoutMs: 50 }))
      .handle(() => pending<string>());
    const call = serve({});
    await clock.advance(50);
    expect(await call).toBe('other');
    expect(causes).toEqual([{ ok: false, error: expect.any(TimeoutError) }]);
  });
});

test('a bulkhead further out holds its slot until what a timeout has given up has ended', async () => {
  const clock = fakeClock();
  const slots = bulkhead<Call>({ clock, maxConcurrent: 1 });
  const deaf = pending<string>();
  const serve = pipeline<Call, string>()
    .use(slots)
    .use(fallback({ fallback: 'other' }))
    .use(timeout({ clock, timeoutMs: 50 }))
    .handle(() => deaf);
  const call = serve({});
  await clock.advance(50);
  expect(await call).toBe('other');
  expect(slots.state().running).toBe(1);
  deaf.resolve('late');
  await settle();
  expect(slots.state().running).toBe(0);
});

describe('when there is none', () => {
  test('once the caller has given up it gets its own reason', async () => {
    const caller = new AbortController();
    const rest = pending<string>();
    const reason = new Error('enough');
    let asked = 0;
    const { outcomeOf, policy } = under(() => rest, { fallback: () => asked++ });
    const call = outcomeOf({ signal: caller.signal });
    caller.abort(reason);
    rest.reject(reason);
    expect(await call).toBe(reason);
    expect(asked).toBe(0);
    expect(policy.state()).toEqual({ fellBack: 0, failed: 0 });
  });

  test('if says which outcomes need one, also among results', async () => {
    const options: FallbackOptions<Call> = {
      fallback: 'other',
      if: (outcome) => (outcome.ok ? outcome.value === 'bad' : outcome.error !== fault),
    };
    expect(await under(fails, options).outcomeOf()).toBe(fault);
    expect(await under(() => Promise.reject(new Error('else')), options).outcomeOf()).toBe('other');
    expect(await under(() => 'bad', options).outcomeOf()).toBe('other');
    expect(await under(() => 'good', options).outcomeOf()).toBe('good');
  });

  test('if that throws: the outcome goes on as it is, and the fault is told', async () => {
    const broken = new Error('predicate');
    const options: FallbackOptions<Call> = {
      fallback: 'other',
      if: () => {
        throw broken;
      },
    };
    const failing = under(fails, options);
    expect(await failing.outcomeOf()).toBe(fault);
    expect(failing.events).toEqual([
      { type: 'fault', cause: { ok: false, error: fault }, error: broken },
    ]);
    expect(await under(() => 'good', options).outcomeOf()).toBe('good');
  });

  test('the body of a result that is replaced by a value is closed', async () => {
    let closed = 0;
    const response = (): Response =>
      new Response(new ReadableStream({ cancel: () => void closed++ }), { status: 503 });
    const options = { if: ({ ok }: { ok: boolean }) => ok };
    await under(response, { ...options, fallback: 'other' }).outcomeOf();
    expect(closed).toBe(1);
    await under(response, { ...options, fallback: () => 'other' }).outcomeOf();
    expect(closed).toBe(1);
  });
});

describe('when it fails, too', () => {
  const second = (): Error => new Error('no other either');

  test('its error goes on with the first as cause, thrown or rejected', async () => {
    for (const async of [false, true]) {
      const error = second();
      const { outcomeOf, events, policy } = under(fails, {
        fallback: () => {
          if (async) return Promise.reject(error);
          throw error;
        },
      });
      expect(await outcomeOf()).toBe(error);
      expect(error.cause).toBe(fault);
      expect(events).toEqual([{ type: 'failed', cause: { ok: false, error: fault }, error }]);
      expect(policy.state()).toEqual({ fellBack: 0, failed: 1 });
    }
  });

  test('a cause that it has already, the same error again, or what is no error stay as they are', async () => {
    const cause = new Error('root');
    const named = new Error('no other either', { cause });
    expect(await under(fails, { fallback: () => Promise.reject(named) }).outcomeOf()).toBe(named);
    expect(named.cause).toBe(cause);
    expect(await under(fails, { fallback: () => Promise.reject(fault) }).outcomeOf()).toBe(fault);
    expect('cause' in fault).toBe(false);
    const frozen = Object.freeze(second());
    expect(await under(fails, { fallback: () => Promise.reject(frozen) }).outcomeOf()).toBe(frozen);
    const text = under(fails, { fallback: () => Promise.reject('text') });
    expect(await text.outcomeOf()).toBe('text');
    const bad = second();
    const result = under(() => 'bad', { fallback: () => Promise.reject(bad), if: () => true });
    expect(await result.outcomeOf()).toBe(bad);
    expect('cause' in bad).toBe(false);
  });
});

describe('looking after it', () => {
  test('a fallback runs in the async context of the call', async () => {
    const storage = new AsyncLocalStorage<string>();
    const clock = fakeClock();
    const serve = pipeline<Call, unknown>()
      .use(fallback({ fallback: () => storage.getStore() }))
      .use(timeout({ clock, timeoutMs: 50 }))
      .handle(() => pending());
    const calls = ['a', 'b'].map((name) => storage.run(name, () => serve({})));
    await clock.advance(50);
    expect(await Promise.all(calls)).toEqual(['a', 'b']);
  });

  test('a listener that throws changes nothing, and is reported', async () => {
    const failures: unknown[] = [];
    const { policy, outcomeOf } = under(fails, {
      fallback: 'other',
      onListenerError: (error) => failures.push(error),
    });
    policy.on('fellBack', fails);
    expect(await outcomeOf()).toBe('other');
    expect(failures).toEqual([fault]);
  });

  test('reconfigure counts for new calls only, and keeps what was counted', async () => {
    const rest = pending<string>();
    const { policy, outcomeOf } = under(() => rest, { fallback: 'old' });
    const old = outcomeOf();
    policy.reconfigure({ fallback: 'new' });
    const call = outcomeOf();
    rest.reject(fault);
    expect(await Promise.all([old, call])).toEqual(['old', 'new']);
    expect(() => policy.reconfigure({ if: 5 as never })).toThrow(TypeError);
    expect(policy.state()).toEqual({ fellBack: 2, failed: 0 });
    policy.reset();
    expect(policy.state()).toEqual({ fellBack: 0, failed: 0 });
  });

  test('once disposed of it refuses', async () => {
    const { policy, outcomeOf } = under(fails, { fallback: 'other' });
    policy[Symbol.dispose]();
    expect(await outcomeOf()).toMatchObject({ code: 'DISPOSED' });
  });

  test('it says how it is set', () => {
    const described = fallback({ fallback: function lastKnown() {}, name: 'price' }).describe();
    expect(described).toEqual({
      policy: 'fallback',
      name: 'price',
      options: { fallback: '[function lastKnown]', if: undefined },
    });
  });

  test('options that are wrong are refused in a sentence', () => {
    expect(() => fallback({} as never)).toThrow(
      'Expected `fallback` to be given: a value, undefined included, or a function.',
    );
    expect(() => fallback({ fallback: 1, if: 'always' as never })).toThrow(
      'Expected `if` to be a function, got `always` (string).',
    );
    expect(() => fallback({ fallbak: 1 } as never)).toThrow('Did you mean "fallback"?');
  });
});
