/** For each law of the contract there is a bad middleware that it catches, and it says what is wrong. */
import { type Awaitable, isThenable } from '@interpose/kernel';
import { sleep } from '@interpose/kernel/clock';
import { describe, expect, test } from 'vitest';
import {
  BrokenLawError,
  type ContractKit,
  type ContractOptions,
  middlewareContract,
} from './index.ts';

interface Ctx {
  readonly signal: AbortSignal;
}
type Next = (ctx?: Ctx) => Awaitable<unknown>;
type Bad = (ctx: Ctx, next: Next) => Awaitable<unknown>;
type Make = (kit: ContractKit) => Bad;
type Options = ContractOptions<Ctx, unknown>;

/** What is said of a middleware that breaks this law; `undefined` if it keeps it. */
async function fault(law: string, make: Make, options: Options = {}): Promise<string | undefined> {
  const laws = middlewareContract(make, { patienceMs: 200, ...options });
  try {
    await laws.find(({ name }) => name === law)?.check();
    return undefined;
  } catch (error) {
    expect(error).toBeInstanceOf(BrokenLawError);
    expect((error as BrokenLawError).law).toBe(law);
    return (error as Error).message;
  }
}

const everyLaw = middlewareContract(() => (_: Ctx, next: Next) => next(), {
  heedsSignal: true,
  sync: true,
}).map(({ name }) => name);

describe('a bad middleware is caught', () => {
  /** For each law, middleware that break it, and the words in which that is said. */
  const bad: Record<
    string,
    readonly (readonly [kind: string, make: Make, says: RegExp, options?: Options])[]
  > = {
    'has a name': [
      [
        'a nameless function',
        () =>
          (
            () => (_: Ctx, next: Next) =>
              next()
          )(),
        /"\(no name\)".*name the inner function/,
      ],
      [
        'a nameless object',
        () => ({ handle: (_: Ctx, next: Next) => next() }) as never,
        /name the inner function/,
      ],
    ],
    'runs the rest': [
      [
        'it answers by itself',
        () =>
          async function closed() {
            return 'no';
          },
        /next was not called \(the rest answers at once\)/,
      ],
      [
        'it refuses, and the cause is told',
        () =>
          function refusing() {
            throw new Error('Who is there?');
          },
        /next was not called.*threw: Error: Who is there\?/,
      ],
    ],
    'runs the rest no more than once': [
      [
        'it runs it again after a while',
        ({ clock }) =>
          async function later(_, next) {
            const result = await next();
            await sleep(1000, { clock });
            await next();
            return result;
          },
        /next was called 2 times/,
      ],
      [
        'it runs it twice',
        () =>
          async function twice(_, next) {
            await next();
            return next();
          },
        /next was called 2 times \(the rest answers at once\).*declare `repeats`/,
      ],
      [
        'it tries again after a failure',
        () =>
          async function again(_, next) {
            try {
              return await next();
            } catch {
              return next();
            }
          },
        /next was called 2 times \(the rest throws\)/,
      ],
      [
        'it swallows the protest',
        () =>
          async function sly(_, next) {
            const result = await next();
            try {
              await next();
            } catch {}
            return result;
          },
        /2 times/,
      ],
    ],
    'runs nothing after its end': [
      [
        'it refreshes later',
        ({ clock }) =>
          async function refresh(_, next) {
            const result = await next();
            clock.setTimer(() => void next(), 60_000);
            return result;
          },
        /next was called after the call had ended/,
        { repeats: true },
      ],
    ],
    'waits for the rest': [
      [
        'it forgets to await',
        () =>
          function forgetful(_, next) {
            const result = next();
            return isThenable(result) ? undefined : result;
          },
        /ended while the rest was running/,
      ],
    ],
    'returns what the rest answered': [
      [
        'it takes false for nothing',
        () =>
          async function orYes(_, next) {
            const result = await next();
            return result === false ? 'no' : result;
          },
        /returned 'no' though the rest had answered false/,
      ],
      [
        'it returns nothing',
        () =>
          async function lossy(_, next) {
            await next();
          },
        /returned undefined though the rest had answered an object of Object/,
      ],
      [
        'it takes undefined for a failure',
        () =>
          async function strict(_, next) {
            const result = await next();
            if (result === undefined) throw new TypeError('empty');
            return result;
          },
        /failed though the rest had answered undefined.*TypeError: empty/,
      ],
      [
        'it takes 0 for nothing',
        () =>
          async function orElse(_, next) {
            return (await next()) || null;
          },
        /returned null though the rest had answered undefined/,
      ],
      [
        'it takes an empty text for nothing',
        () =>
          async function orText(_, next) {
            const result = await next();
            return result === '' ? 'empty' : result;
          },
        /returned 'empty' though the rest had answered ''/,
      ],
      [
        'it answers a copy',
        () =>
          async function copying(_, next) {
            const result = await next();
            return typeof result === 'object' && result ? { ...result } : result;
          },
        /returned an object of Object/,
      ],
    ],
    'passes on what the rest throws': [
      [
        'it wraps the error',
        () =>
          async function wrapping(_, next) {
            try {
              return await next();
            } catch (cause) {
              throw new Error('wrapped', { cause });
            }
          },
        /something other than what the rest had thrown, an object of Error.*threw: Error: wrapped/,
      ],
      [
        'it answers',
        () =>
          async function hiding(_, next) {
            try {
              return await next();
            } catch {
              return 'fine';
            }
          },
        /answered 'fine' though the rest had failed/,
      ],
      [
        'it sees only what is thrown at once',
        () =>
          function half(_, next) {
            try {
              return next();
            } catch {
              return 'fine';
            }
          },
        /answered 'fine'/,
      ],
      [
        'it makes an error of what is none',
        () =>
          async function proper(_, next) {
            try {
              return await next();
            } catch (error) {
              throw error instanceof Error ? error : new Error(String(error));
            }
          },
        /other than what the rest had thrown, 'no error object'/,
      ],
    ],
    'passes on what the rest rejects with': [
      [
        'it answers',
        () =>
          async function hiding(_, next) {
            try {
              return await next();
            } catch {
              return 'fine';
            }
          },
        /answered 'fine'/,
      ],
      [
        'it sees only promises',
        () =>
          function half(_, next) {
            const result = next();
            return isThenable(result) ? result.then(undefined, () => 'fine') : result;
          },
        /answered 'fine'/,
      ],
    ],
    'hands on the context': [
      [
        'it hands on a copy after a while',
        ({ clock }) =>
          async function copying(ctx, next) {
            await sleep(1000, { clock });
            return next({ ...ctx });
          },
        /another context/,
      ],
      [
        'it hands on a copy',
        () =>
          async function copying(ctx, next) {
            return next({ ...ctx });
          },
        /another context.*declare `changesContext`/,
      ],
    ],
    'hands on the signal': [
      [
        'it loses it',
        () =>
          async function losing(_, next) {
            return next({} as Ctx);
          },
        /a context without a signal/,
        { changesContext: true },
      ],
      [
        'it puts one that stands alone',
        () =>
          async function alone(_, next) {
            return next({ signal: new AbortController().signal });
          },
        /did not abort with the one of the call/,
        { changesContext: true },
      ],
      [
        'it gives another reason',
        () =>
          async function vague({ signal }, next) {
            const own = new AbortController();
            const stop = () => own.abort(new Error('stop'));
            signal.addEventListener('abort', stop);
            try {
              return await next({ signal: own.signal });
            } finally {
              signal.removeEventListener('abort', stop);
            }
          },
        /aborted with another reason/,
        { changesContext: true },
      ],
      [
        'it hands on one that has aborted',
        () =>
          async function early(_, next) {
            return next({ signal: AbortSignal.abort() });
          },
        /had aborted, though/,
        { changesContext: true },
      ],
      [
        'it does not run the rest',
        () =>
          async function closed() {
            return 'no';
          },
        /without a signal/,
      ],
    ],
    'does not run the rest once the signal has aborted': [
      [
        'it does not look',
        () =>
          async function blind(_, next) {
            return next();
          },
        /next was called nevertheless/,
        { heedsSignal: true },
      ],
      [
        'it throws something else',
        () =>
          async function vague({ signal }, next) {
            if (signal.aborted) throw new Error('stop');
            return next();
          },
        /something other than the signal's reason.*threw: Error: stop/,
        { heedsSignal: true },
      ],
      [
        'it answers',
        () =>
          async function polite({ signal }, next) {
            return signal.aborted ? 'stopped' : next();
          },
        /answered 'stopped' though the signal had aborted/,
        { heedsSignal: true },
      ],
    ],
    "gives up with the signal's reason": [
      [
        'it wraps the reason, once the rest runs',
        ({ clock }) =>
          async function late({ signal }, next) {
            await sleep(1000, { clock, signal });
            try {
              return await next();
            } catch (cause) {
              throw new Error('wrapped', { cause });
            }
          },
        /something other than the signal's reason/,
        { heedsSignal: true, handlesErrors: true },
      ],
      [
        'it waits out its time before the rest',
        ({ clock }) =>
          async function delaying(_, next) {
            await sleep(1000, { clock });
            return next();
          },
        /does not end; it waits for 1 of its timers/,
        { heedsSignal: true },
      ],
      [
        'it stays in the queue',
        () => {
          let last: Promise<unknown> = Promise.resolve();
          return async function queueing({ signal }, next) {
            const mine = last.then(() => {
              signal.throwIfAborted();
              return next();
            });
            last = mine.catch(() => {});
            return mine;
          };
        },
        /does not end, though no timer is pending/,
        { heedsSignal: true },
      ],
      [
        'it wraps the reason',
        () =>
          async function wrapping(_, next) {
            try {
              return await next();
            } catch (cause) {
              throw new Error('wrapped', { cause });
            }
          },
        /something other than the signal's reason/,
        { heedsSignal: true, handlesErrors: true },
      ],
      [
        'it answers instead',
        () =>
          async function fallback(_, next) {
            try {
              return await next();
            } catch {
              return 'fine';
            }
          },
        /answered 'fine' though the signal had aborted/,
        { heedsSignal: true, handlesErrors: true },
      ],
      [
        'it runs the rest again',
        () =>
          async function again(_, next) {
            try {
              return await next();
            } catch {
              await null;
              return next();
            }
          },
        /next was called again after/,
        { heedsSignal: true, repeats: true },
      ],
      [
        'it waits out its pause',
        ({ clock }) =>
          async function stubborn({ signal }, next) {
            for (;;) {
              try {
                return await next();
              } catch (error) {
                if (signal.aborted) throw error;
                await sleep(10_000, { clock });
              }
            }
          },
        /does not end; it waits for 1 of its timers/,
        { heedsSignal: true, repeats: true },
      ],
    ],
    'leaves no timer behind': [
      [
        'one that only an abort leaves',
        ({ clock }) =>
          async function penal({ signal }, next) {
            try {
              return await next();
            } finally {
              if (signal.aborted) clock.setTimer(() => {}, 1000);
            }
          },
        /1 \(the signal aborted while the rest ran\)/,
      ],
      [
        'one that only a refusal leaves',
        ({ clock }) =>
          async function hasty({ signal }, next) {
            const cancel = clock.setTimer(() => {}, 1000);
            signal.throwIfAborted();
            try {
              return await next();
            } finally {
              cancel();
            }
          },
        /1 \(the signal had aborted before\)/,
      ],
      [
        'one that runs on',
        ({ clock }) =>
          async function ticking(_, next) {
            clock.setTimer(() => {}, 1000);
            return next();
          },
        /left timers on the clock: 1 \(the rest answers at once\)/,
      ],
      [
        'one that only a failure leaves',
        ({ clock }) =>
          async function limiting(_, next) {
            const cancel = clock.setTimer(() => {}, 1000);
            const result = await next();
            cancel();
            return result;
          },
        /1 \(the rest throws\)/,
      ],
    ],
    'leaves no listener behind': [
      [
        'one that stays',
        () =>
          async function listening({ signal }, next) {
            signal.addEventListener('abort', () => {}, { once: true });
            return next();
          },
        /left listeners on the signal: 1 \(the rest answers at once\)/,
      ],
      [
        'one that only a failure leaves',
        () =>
          async function careless({ signal }, next) {
            const stop = () => {};
            signal.addEventListener('abort', stop);
            const result = await next();
            signal.removeEventListener('abort', stop);
            return result;
          },
        /1 \(the rest throws\)/,
      ],
      [
        'onabort',
        () =>
          async function old({ signal }, next) {
            signal.onabort = () => {};
            return next();
          },
        /left listeners on the signal: 1/,
      ],
    ],
    'keeps calls apart': [
      [
        'it answers with what another call got meanwhile',
        () => {
          let latest: unknown;
          return async function caching(_, next) {
            const result = await next();
            const answer = latest ?? result;
            for (let turn = 0; turn < 9; turn++) await null;
            latest = result;
            return answer;
          };
        },
        /other than the answer of its own rest/,
      ],
      [
        'it keeps the context in a variable',
        () => {
          let current: Ctx;
          return async function shared(ctx, next) {
            current = ctx;
            await null;
            return next(current);
          };
        },
        /was given the context of another call/,
      ],
      [
        'it hands one context to all',
        () => {
          const common = { signal: new AbortController().signal };
          return async function pooled(_, next) {
            return next(common);
          };
        },
        /was given the context of another call/,
        { changesContext: true },
      ],
      [
        'it keeps the result in a variable',
        () => {
          let result: unknown;
          return async function shared(_, next) {
            result = await next();
            await null;
            await null;
            return result;
          };
        },
        /other than the answer of its own rest/,
      ],
      [
        'it shares one run',
        () => {
          let flight: Awaitable<unknown>;
          return async function coalesce(_, next) {
            flight ??= next();
            return flight;
          };
        },
        /other than the answer of its own rest/,
      ],
    ],
    'keeps the signals of calls apart': [
      [
        'it has one controller for all, a moment later',
        ({ clock }) => {
          const common = new AbortController();
          return async function pooled({ signal }, next) {
            await sleep(1000, { clock });
            signal.addEventListener('abort', () =>
              queueMicrotask(() => common.abort(signal.reason)),
            );
            return next({ signal: common.signal });
          };
        },
        /the signal of a call aborted when another call was/,
        { changesContext: true },
      ],
      [
        'it has one controller for all',
        () => {
          const common = new AbortController();
          return async function pooled({ signal }, next) {
            const stop = (): void => common.abort(signal.reason);
            signal.addEventListener('abort', stop);
            try {
              return await next({ signal: common.signal });
            } finally {
              signal.removeEventListener('abort', stop);
            }
          };
        },
        /the signal of a call aborted when another call was/,
        { changesContext: true },
      ],
    ],
    'is as synchronous as the rest': [
      [
        'it is async',
        () =>
          async function late(_, next) {
            return next();
          },
        /returned a promise though the rest had answered without one/,
        { sync: true },
      ],
      [
        'only when the rest throws',
        () =>
          function lateError(_, next) {
            try {
              return next();
            } catch (error) {
              return Promise.reject(error);
            }
          },
        /returned a promise though the rest had thrown/,
        { sync: true },
      ],
    ],
  };

  for (const [law, cases] of Object.entries(bad)) {
    for (const [kind, make, says, options] of cases) {
      test(`${law}: ${kind}`, async () => {
        expect(await fault(law, make, options)).toMatch(says);
      });
    }
  }

  test('for every law there is', () => {
    expect(Object.keys(bad).toSorted()).toEqual(everyLaw.toSorted());
  });

  test('one that hangs is given up, and it is said why', async () => {
    const said = await fault(
      'runs the rest',
      () =>
        async function hanging() {
          return new Promise(() => {});
        },
    );
    expect(said).toBe(
      'Middleware "hanging" breaks the law "runs the rest": the call does not end, though no timer is pending on the clock it was given.',
    );
  });

  test('the error carries what was thrown', async () => {
    const cause = new Error('Who is there?');
    const law = middlewareContract(
      () =>
        function refusing() {
          throw cause;
        },
    ).find(({ name }) => name === 'runs the rest');
    await expect(law?.check()).rejects.toMatchObject({
      code: 'BROKEN_LAW',
      middleware: 'refusing',
      law: 'runs the rest',
      cause,
    });
  });
});

test.each([undefined, null, 'retry', {}])(
  'what is no middleware is no broken law: %j',
  async (made) => {
    const [law] = middlewareContract(() => made as never);
    await expect(law?.check()).rejects.toThrow(
      /Expected `make\(\)` to be a middleware: a function, or an object with handle\(\), got/,
    );
  },
);
