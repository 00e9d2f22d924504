/** linkSignals: as good as a signal that is always there, but made only when somebody looks. */
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { linkSignals } from './abort.ts';

const RealController = globalThis.AbortController;
let made = 0;
beforeEach(() => {
  made = 0;
  globalThis.AbortController = class extends RealController {
    constructor() {
      super();
      made++;
    }
  };
});
afterEach(() => {
  globalThis.AbortController = RealController;
});

/** A source whose listeners are counted. */
function source(): { signal: AbortSignal; abort(reason: unknown): void; listeners(): number } {
  const controller = new RealController();
  const { signal } = controller;
  const heard = new Set<unknown>();
  const add = signal.addEventListener.bind(signal);
  const remove = signal.removeEventListener.bind(signal);
  signal.addEventListener = (type: string, listener: EventListener, options?: object) => {
    heard.add(listener);
    add(type, listener, options);
  };
  signal.removeEventListener = (type: string, listener: EventListener) => {
    heard.delete(listener);
    remove(type, listener);
  };
  return { signal, abort: (reason) => controller.abort(reason), listeners: () => heard.size };
}

describe('laziness', () => {
  test('makes no controller and no listener unless the signal is read', () => {
    const one = source();
    const linked = linkSignals(one.signal, undefined);
    expect(linked.aborted).toBe(false);
    one.abort('stop');
    expect(linked.aborted).toBe(true);
    linked.abort('again');
    linked.dispose();
    expect(made).toBe(0);
    expect(one.listeners()).toBe(0);
  });

  test('makes one when it is read, and the same one every time', () => {
    const one = source();
    const linked = linkSignals(one.signal);
    expect(linked.signal).toBe(linked.signal);
    expect(made).toBe(1);
    expect(one.listeners()).toBe(1);
  });
});

describe('following', () => {
  test('aborts with the very reason of the source', () => {
    const [one, two] = [source(), source()];
    const linked = linkSignals(one.signal, two.signal);
    const { signal } = linked;
    const reason = { why: 'the client left' };
    const heard: unknown[] = [];
    signal.addEventListener('abort', () => heard.push(signal.reason));
    two.abort(reason);
    expect(signal.aborted).toBe(true);
    expect(signal.reason).toBe(reason);
    expect(heard).toEqual([reason]);
    expect(linked.aborted).toBe(true);
  });

  test('the first reason stays', () => {
    const [one, two] = [source(), source()];
    const linked = linkSignals(one.signal, two.signal);
    const { signal } = linked;
    two.abort('second source, first');
    one.abort('too late');
    linked.abort('later still');
    expect(signal.reason).toBe('second source, first');
  });

  test('one that had aborted before anybody looked', () => {
    const one = source();
    const reason = new Error('gone');
    one.abort(reason);
    const linked = linkSignals(source().signal, one.signal);
    expect(linked.signal.aborted).toBe(true);
    expect(linked.signal.reason).toBe(reason);
    expect(one.listeners()).toBe(0);
    const [first, second] = [source(), source()];
    const late = linkSignals(first.signal, second.signal);
    second.abort('b');
    first.abort('a');
    expect(late.signal.reason).toBe('a');
  });

  test('an abort of its own, before or after the signal was made', () => {
    const early = linkSignals();
    early.abort('own');
    expect(early.aborted).toBe(true);
    expect(early.signal.reason).toBe('own');
    const late = linkSignals();
    expect(late.signal.aborted).toBe(false);
    late.abort('own');
    expect(late.signal.reason).toBe('own');
    late.abort('other');
    expect(late.signal.reason).toBe('own');
  });

  test('no reason at all is an AbortError, as everywhere', () => {
    const linked = linkSignals();
    linked.abort(undefined);
    expect(linked.signal.reason).toMatchObject({ name: 'AbortError' });
  });

  test('the same source twice is followed once', () => {
    const one = source();
    const linked = linkSignals(one.signal, one.signal);
    expect(linked.signal.aborted).toBe(false);
    expect(one.listeners()).toBe(1);
    linked.dispose();
    expect(one.listeners()).toBe(0);
  });
});

describe('dispose', () => {
  test('ends the following for good, also when the signal is first read afterwards', () => {
    const one = source();
    const linked = linkSignals(one.signal);
    linked.dispose();
    one.abort('later');
    expect(linked.aborted).toBe(false);
    expect(linked.signal.aborted).toBe(false);
    expect(one.listeners()).toBe(0);
  });

  test('what happened before it counts, even if nobody had asked', () => {
    const one = source();
    const linked = linkSignals(one.signal);
    one.abort('before');
    linked.dispose();
    expect(linked.aborted).toBe(true);
    expect(linked.signal.reason).toBe('before');
  });

  test('it can still be aborted by hand', () => {
    const linked = linkSignals(source().signal);
    const { signal } = linked;
    linked.dispose();
    linked.abort('by hand');
    expect(signal.reason).toBe('by hand');
  });
});

test('an abort by hand looks round first', () => {
  const one = source();
  const linked = linkSignals(one.signal);
  one.abort('source');
  linked.abort('by hand');
  expect(linked.signal.reason).toBe('source');
});

test('law: in any history it is what a signal that was always there would be, and leaves no listener', () => {
  const step = fc.constantFrom('0', '1', '2', 'abort', 'read', 'ask');
  fc.assert(
    fc.property(fc.array(step), (steps) => {
      const sources = [source(), source(), source()];
      const linked = linkSignals(...sources.map(({ signal }) => signal));
      // The model: whoever comes first; of those that came before anybody looked, the first listed.
      let ended: string | undefined;
      let listening = false;
      const unseen = new Set<string>();
      const look = (): void => void (ended ??= [...unseen].sort()[0]);
      const read = (): void => {
        look();
        listening = true;
        expect(linked.signal.aborted).toBe(ended !== undefined);
      };
      for (const what of steps) {
        if (what === 'read') read();
        else if (what === 'ask') {
          look();
          expect(linked.aborted).toBe(ended !== undefined);
        } else if (what === 'abort') {
          look();
          ended ??= 'by hand';
          linked.abort('by hand');
        } else {
          sources[Number(what)]?.abort(what);
          unseen.add(what);
          if (listening) ended ??= what;
        }
      }
      look();
      linked.dispose();
      expect(linked.aborted).toBe(ended !== undefined);
      if (ended !== undefined) expect(linked.signal.reason).toBe(ended);
      expect(sources.map((one) => one.listeners())).toEqual([0, 0, 0]);
    }),
  );
});
