/** Tests of HttpContext on an exchange that needs no socket. */
import { describe, expect, test } from 'vitest';
import { RequestContext } from './context.ts';
import type { HttpExchange } from './engine.ts';

interface StillExchange extends HttpExchange {
  /** The client leaves. */
  leave(): void;
  /** How many listen for that. */
  readonly listeners: number;
}

function exchangeOf(given: Partial<HttpExchange> = {}): StillExchange {
  const listening: (() => void)[] = [];
  let left = false;
  return {
    method: 'GET',
    target: '/',
    rawHeaders: [],
    peer: { address: '192.0.2.1', port: 1 },
    local: { address: '192.0.2.2', port: 2 },
    secure: false,
    fault: undefined,
    body: null,
    headSent: false,
    onClientLeft: (listener) => (left ? listener() : void listening.push(listener)),
    sendHead: () => {},
    write: () => undefined,
    end: () => Promise.resolve(),
    destroy: () => {},
    ...given,
    get clientLeft() {
      return left;
    },
    get listeners() {
      return listening.length;
    },
    leave() {
      left = true;
      for (const listener of listening) listener();
    },
  };
}

describe('HttpContext', () => {
  test('has the path in normal form and the query as it came', () => {
    const ctx = new RequestContext(exchangeOf({ target: '/a/%2e%2e/b?x=1&x=2&y=%20' }));
    expect([ctx.path, ctx.search]).toEqual(['/b', '?x=1&x=2&y=%20']);
    expect(ctx.query.getAll('x')).toEqual(['1', '2']);
    expect(ctx.query.get('y')).toBe(' ');
    expect(ctx.query).toBe(ctx.query);
    expect(ctx.fault).toBeUndefined();
    expect(ctx.clientAddress).toBe('192.0.2.1');
  });

  test.each(['/%00', '/../x', '/a%'])(
    'tells that the path %s cannot be served, and decides on none',
    (target) => {
      const ctx = new RequestContext(exchangeOf({ target }));
      expect(ctx.fault).toMatchObject({ status: 400, code: 'INVALID_PATH' });
      expect(ctx.path).toBe('/');
    },
  );

  test('tells what is wrong with the head', () => {
    const ctx = new RequestContext(exchangeOf({ fault: { status: 505, detail: 'No' } }));
    expect(ctx.fault).toMatchObject({ status: 505, message: 'No' });
  });

  test('makes its signal only when someone asks for it', () => {
    const exchange = exchangeOf();
    const ctx = new RequestContext(exchange);
    expect(exchange.listeners).toBe(0);
    const { signal } = ctx;
    expect(ctx.signal).toBe(signal);
    expect([exchange.listeners, signal.aborted, ctx.clientLeft]).toEqual([1, false, false]);
    exchange.leave();
    expect([signal.aborted, ctx.clientLeft]).toEqual([true, true]);
    expect(signal.reason).toMatchObject({ code: 'CLIENT_LEFT' });
  });

  test('has a signal that is aborted already when it is asked for too late', () => {
    const exchange = exchangeOf();
    const ctx = new RequestContext(exchange);
    exchange.leave();
    expect(ctx.signal.aborted).toBe(true);
  });

  test('has a state of its own', () => {
    const [one, other] = [new RequestContext(exchangeOf()), new RequestContext(exchangeOf())];
    one.state['seen'] = true;
    expect(other.state['seen']).toBeUndefined();
  });
});
