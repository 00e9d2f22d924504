/** The contract: good middleware keep every law, and each declaration frees of exactly its own. */
import { type Awaitable, type Clock, compose, define, repeats } from '@interpose/kernel';
import { sleep } from '@interpose/kernel/clock';
import { describe, expect, test } from 'vitest';
import { type ContractKit, type ContractOptions, middlewareContract } from './index.ts';

interface Ctx {
  readonly signal: AbortSignal;
}
type Next = (ctx?: Ctx) => Awaitable<unknown>;
type Good = (ctx: Ctx, next: Next) => Awaitable<unknown>;
type Make = (kit: ContractKit) => Good;
type Options = ContractOptions<Ctx, unknown>;

const everyLaw = middlewareContract(() => (_: Ctx, next: Next) => next(), {
  heedsSignal: true,
  sync: true,
}).map(({ name }) => name);

describe('a good middleware keeps every law', () => {
  const good: Record<string, readonly [make: Make, options: Options]> = {
    'that passes everything on': [
      () =>
        function pass(ctx, next) {
          return next(ctx);
        },
      { sync: true },
    ],
    'that is asynchronous': [
      () =>
        async function audit(_, next) {
          return await next();
        },
      {},
    ],
    'that waits on the clock': [
      ({ clock }) =>
        async function delay({ signal }, next) {
          await sleep(30_000, { clock, signal });
          return next();
        },
      { heedsSignal: true },
    ],
    'that waits for the machine': [
      () =>
        async function digest(_, next) {
          await crypto.subtle.digest('SHA-256', new Uint8Array(1_000));
          return next();
        },
      {},
    ],
    'that links signals and removes its listener': [() => linking, { changesContext: true }],
    'that relays an abort a moment later': [
      () =>
        async function relaying({ signal }, next) {
          const own = new AbortController();
          const stop = (): void => queueMicrotask(() => own.abort(signal.reason));
          signal.addEventListener('abort', stop);
          try {
            return await next({ signal: own.signal });
          } finally {
            signal.removeEventListener('abort', stop);
          }
        },
      { changesContext: true },
    ],
    'that queues, and leaves the queue when aborted': [() => queueing(), { heedsSignal: true }],
    'that repeats': [({ clock }) => retrying(clock), { repeats: true, heedsSignal: true }],
    'that lets in one call at a time': [() => oneAtATime(), {}],
    'that is composed of others': [
      () =>
        compose(async function a(_, next) {
          return next();
        }, linking),
      { changesContext: true },
    ],
    'that changes the result': [
      () =>
        async function wrapped(_, next) {
          return { data: await next() };
        },
      { changesResult: true },
    ],
    'that answers for failures': [
      () =>
        async function fallback(_, next) {
          try {
            return await next();
          } catch {
            return 'fallback';
          }
        },
      { handlesErrors: true },
    ],
  };
  for (const [kind, [make, options]] of Object.entries(good)) {
    describe(kind, () => {
      for (const law of middlewareContract(make, options)) test(law.name, law.check);
    });
  }

  test('also as an object', async () => {
    const seen: Ctx[] = [];
    class Audit {
      readonly seen = seen;
      handle(ctx: Ctx, next: Next): Awaitable<unknown> {
        this.seen.push(ctx);
        return next();
      }
    }
    for (const law of middlewareContract(async () => new Audit(), { sync: true }))
      await law.check();
    expect(seen.length).toBeGreaterThan(everyLaw.length);
  });
});

describe('declarations', () => {
  const names = (options: Options): string[] =>
    middlewareContract(() => (_: Ctx, next: Next) => next(), options).map(({ name }) => name);
  const frees: Record<string, readonly [options: Options, laws: readonly string[]]> = {
    repeats: [{ repeats: true }, ['runs the rest no more than once']],
    detached: [{ detached: true }, ['runs nothing after its end', 'waits for the rest']],
    changesResult: [{ changesResult: true }, ['returns what the rest answered']],
    changesContext: [{ changesContext: true }, ['hands on the context']],
    handlesErrors: [
      { handlesErrors: true },
      ['passes on what the rest throws', 'passes on what the rest rejects with'],
    ],
    shares: [{ shares: true }, ['keeps calls apart', 'keeps the signals of calls apart']],
  };
  for (const [name, [options, laws]] of Object.entries(frees)) {
    test(`${name} frees of exactly its laws`, () => {
      expect(names({ heedsSignal: true, sync: true, ...options })).toEqual(
        everyLaw.filter((law) => !laws.includes(law)),
      );
    });
  }

  test('a signal and synchrony are binding only where they are promised', () => {
    const promised = [
      'does not run the rest once the signal has aborted',
      "gives up with the signal's reason",
      'is as synchronous as the rest',
    ];
    expect(names({})).toEqual(everyLaw.filter((law) => !promised.includes(law)));
  });

  test('where contexts keep no signal, no law speaks of it', () => {
    const laws = middlewareContract(
      () =>
        function pass(_: { id: number }, next: () => unknown) {
          return next();
        },
      { context: () => ({ id: 1 }) },
    );
    expect(laws.map(({ name }) => name).filter((name) => /signal|listener/.test(name))).toEqual([]);
  });

  test('a context of another kind may keep the signal elsewhere', async () => {
    interface Http {
      readonly request: { readonly signal: AbortSignal };
    }
    const laws = middlewareContract(
      () =>
        async function losing(_: Http, next: (ctx?: Http) => Awaitable<string>): Promise<string> {
          return next({ request: { signal: new AbortController().signal } });
        },
      {
        context: (signal) => ({ request: { signal } }),
        answer: () => 'ok',
        signalOf: (ctx) => (ctx as Http).request.signal,
        changesContext: true,
      },
    );
    const law = laws.find(({ name }) => name === 'hands on the signal');
    await expect(law?.check()).rejects.toThrow('did not abort with the one of the call');
  });

  test('a name may be declared', async () => {
    const laws = middlewareContract(() =>
      define({ name: 'audit' }, (_: Ctx, next: Next) => next()),
    );
    await expect(laws.find(({ name }) => name === 'has a name')?.check()).resolves.toBeUndefined();
  });

  test('unknown and impossible options are refused', () => {
    const make: Make = () => (_, next) => next();
    expect(() => middlewareContract(make, { repeat: true } as never)).toThrow(
      /Did you mean .repeats/,
    );
    expect(() => middlewareContract(make, { patienceMs: -1 })).toThrow(
      'Expected `patienceMs` to be a number of milliseconds',
    );
  });
});

async function linking({ signal }: Ctx, next: Next): Promise<unknown> {
  const own = new AbortController();
  const stop = (): void => own.abort(signal.reason);
  if (signal.aborted) stop();
  signal.addEventListener('abort', stop);
  try {
    return await next({ signal: own.signal });
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

function retrying(clock: Clock): Good {
  return repeats<Ctx, unknown>(async function retrying({ signal }, next) {
    for (let attempt = 1; ; attempt++) {
      signal.throwIfAborted();
      try {
        return await next();
      } catch (error) {
        if (attempt === 3 || signal.aborted) throw error;
        await sleep(1000 * attempt, { clock, signal });
      }
    }
  }) as Good;
}

function oneAtATime(): Good {
  let last: Promise<unknown> = Promise.resolve();
  return async function oneAtATime(_, next) {
    const mine = last.then(() => next());
    last = mine.catch(() => {});
    return mine;
  };
}

function queueing(): Good {
  let last: Promise<unknown> = Promise.resolve();
  return async function queueing({ signal }, next) {
    signal.throwIfAborted();
    const before = last;
    let leave!: () => void;
    last = new Promise<void>((resolve) => (leave = resolve));
    let stop!: () => void;
    const aborted = new Promise<never>((_, reject) => (stop = () => reject(signal.reason)));
    signal.addEventListener('abort', stop);
    try {
      await Promise.race([before, aborted]);
      return await next();
    } finally {
      signal.removeEventListener('abort', stop);
      void before.then(leave);
    }
  };
}
