/** Tests of scope: signals that are made when they are read, and ends that come from further out. */
import { Context, extend } from '@interpose/kernel';
import { describe, expect, test } from 'vitest';
import {
  abortReason,
  attemptOf,
  deadlineOf,
  endOf,
  onAbort,
  Scope,
  scoped,
  scopeOf,
  throwIfAborted,
} from './scope.ts';

interface Call {
  readonly signal?: AbortSignal;
  readonly n?: number;
}

const within = (ctx: Call = {}, parts = {}): { ctx: Call; scope: Scope } => {
  const scope = new Scope(ctx, parts);
  return { ctx: scoped(ctx, scope), scope };
};

describe('scoped', () => {
  test('gives a copy with a signal that is made when it is read', () => {
    const original: Call = { n: 1 };
    const { ctx, scope } = within(original);
    expect(ctx === original).toBe(false);
    expect(ctx.n).toBe(1);
    expect(scope.made).toBeUndefined();
    expect(ctx.signal).toBeInstanceOf(AbortSignal);
    expect(ctx.signal).toBe(scope.made);
    expect('signal' in original).toBe(false);
  });

  test('a copy of the copy keeps the signal, however it is made', () => {
    const { ctx, scope } = within({ n: 1 });
    const copies = [{ ...ctx, m: 2 }, extend(ctx, { m: 2 }), Object.assign({}, ctx)];
    for (const copy of copies) {
      expect(copy.signal).toBe(scope.signal);
      expect(scopeOf(copy)).toBe(scope);
    }
  });

  test('extend() copies it without making the signal', () => {
    const { ctx, scope } = within({ n: 1 });
    const copy = extend(extend(ctx, { m: 2 }), { k: 3 });
    expect(scope.made).toBeUndefined();
    expect([copy.n, copy.m, copy.k, scopeOf(copy) === scope]).toEqual([1, 2, 3, true]);
    const own = AbortSignal.abort('own');
    const replaced = extend({ ...ctx, signal: own }, { m: 2 });
    expect([replaced.signal, endOf(replaced), replaced.m]).toEqual([own, own, 2]);
    expect(extend(copy, { signal: own }).signal).toBe(own);
  });

  test('another signal put on a copy takes its place', () => {
    const { ctx } = within({ n: 1 });
    const own = new AbortController();
    const copy = { ...ctx, signal: own.signal };
    expect(scopeOf(copy)).toBeUndefined();
    expect(endOf(copy)).toBe(own.signal);
  });

  test('the signal alone carries deadline and attempt on', () => {
    const { ctx } = within({}, { deadlineMs: 500, attempt: 3 });
    const other = { signal: ctx.signal };
    expect([deadlineOf(other), attemptOf(other)]).toEqual([500, 3]);
  });

  test('copies a context of a kind of its own as that kind', () => {
    const context = new Context({ n: 7 });
    const copy = scoped(context, new Scope(context)) as Context<Call> & Call;
    expect(copy).toBeInstanceOf(Context);
    expect(copy.signal).toBeInstanceOf(AbortSignal);
  });

  test('what is no object stays what it is', () => {
    expect(scoped(7, new Scope(7))).toBe(7);
    expect(scoped(null, new Scope(null))).toBe(null);
  });

  test('a scope within a scope does not make the signal further out', () => {
    const outer = within();
    const inner = within(outer.ctx);
    expect(inner.ctx.signal).toBeInstanceOf(AbortSignal);
    expect(outer.scope.made).toBeUndefined();
  });
});

describe('Scope', () => {
  test('ends with the reason of whoever is further out, at any depth, signals made or not', () => {
    const caller = new AbortController();
    const outer = within({ signal: caller.signal });
    const inner = within(outer.ctx);
    const before = inner.scope.signal;
    const reason = new Error('left');
    caller.abort(reason);
    expect(before.reason).toBe(reason);
    expect([outer.scope.aborted, outer.scope.reason]).toEqual([true, reason]);
    expect(outer.scope.signal.reason).toBe(reason);
  });

  test('an end further in does not end what is further out; the first reason stays', () => {
    const outer = within();
    const inner = within(outer.ctx);
    inner.scope.abort('first');
    inner.scope.abort('second');
    expect(inner.scope.reason).toBe('first');
    expect(outer.scope.aborted).toBe(false);
    expect(inner.scope.signal.reason).toBe('first');
  });

  test('followers are told once, and not when they have stopped', () => {
    const { scope } = within();
    const told: string[] = [];
    scope.follow(() => told.push('a'));
    scope.follow(() => told.push('b'))();
    scope.abort('now');
    scope.abort('again');
    expect(told).toEqual(['a']);
  });

  test('several followers are told in the order in which they came, and each can stop alone', () => {
    const { scope } = within();
    const told: string[] = [];
    const again = (): unknown => told.push('again');
    const [stop] = ['a', 'b', 'c', 'd'].map((name) => scope.follow(() => told.push(name)));
    scope.follow(again);
    scope.follow(again);
    stop?.();
    scope.follow(() => told.push('e'));
    scope.abort('end');
    expect(told).toEqual(['b', 'c', 'd', 'again', 'e']);
  });

  test('leaves no listener with the caller, once it is left or nobody follows', () => {
    const caller = new AbortController();
    let listeners = 0;
    const { signal } = caller;
    const add = signal.addEventListener.bind(signal);
    const remove = signal.removeEventListener.bind(signal);
    signal.addEventListener = (...args: Parameters<typeof add>) => {
      listeners++;
      add(...args);
    };
    signal.removeEventListener = (...args: Parameters<typeof remove>) => {
      listeners--;
      remove(...args);
    };
    const { scope } = within({ signal });
    expect(listeners).toBe(0);
    const stop = scope.follow(() => {});
    expect(listeners).toBe(1);
    stop();
    expect(listeners).toBe(0);
    void scope.signal;
    expect(listeners).toBe(1);
    scope.leave();
    expect(listeners).toBe(0);
  });

  test('a deadline is the nearest of all; an attempt is that of the scope unless it has its own', () => {
    const outer = within({}, { deadlineMs: 100, attempt: 2 });
    expect(deadlineOf(within(outer.ctx, { deadlineMs: 200 }).ctx)).toBe(100);
    expect(deadlineOf(within(outer.ctx, { deadlineMs: 50 }).ctx)).toBe(50);
    expect(attemptOf(within(outer.ctx).ctx)).toBe(2);
    expect(attemptOf(within(outer.ctx, { attempt: 1 }).ctx)).toBe(1);
    expect([deadlineOf(undefined), attemptOf(undefined)]).toEqual([Infinity, 1]);
  });
});

describe('whoever asks for the end', () => {
  test('throwIfAborted throws the reason by identity, of a signal or a scope', () => {
    const reason = new Error('left');
    expect(() => throwIfAborted({ signal: AbortSignal.abort(reason) })).toThrow(reason);
    const { ctx, scope } = within();
    throwIfAborted(ctx);
    scope.abort(reason);
    expect(() => throwIfAborted(ctx)).toThrow(reason);
    throwIfAborted({});
    throwIfAborted(undefined);
  });

  test('abortReason says why, once there is an end, and makes no signal', () => {
    const { ctx, scope } = within();
    expect([abortReason(ctx), abortReason({}), abortReason(undefined)]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
    scope.abort('end');
    expect(abortReason(ctx)).toBe('end');
    expect(abortReason({ signal: AbortSignal.abort('caller') })).toBe('caller');
    expect(scope.made).toBeUndefined();
  });

  test('onAbort hears of the end of a signal or a scope, until it is stopped', () => {
    const heard: unknown[] = [];
    const caller = new AbortController();
    const { ctx, scope } = within();
    onAbort({ signal: caller.signal }, (reason) => heard.push(reason));
    onAbort(ctx, (reason) => heard.push(reason));
    onAbort(ctx, () => heard.push('stopped'))();
    onAbort({}, () => heard.push('never'))();
    scope.abort('scope');
    caller.abort('signal');
    expect(heard).toEqual(['scope', 'signal']);
    expect(scope.made).toBeUndefined();
  });
});
