/** Tests of HttpContext on an exchange that needs no socket. */
import { extend, pipeline } from '@interpose/kernel';
import { retry, timeout } from '@interpose/resilience';
import { ClientLeftError, type Exchange } from '@interpose/wire';
import { describe, expect, test } from 'vitest';
import { type HttpContext, RequestContext } from './context.ts';

interface StillExchange extends Exchange {
  /** The client leaves. */
  leave(): void;
}

/** An exchange that leads nowhere. */
function exchangeOf(given: Partial<Exchange> = {}): StillExchange {
  const left = new AbortController();
  return {
    method: 'GET',
    target: '/',
    rawHeaders: [],
    peer: { address: '192.0.2.1', port: 1 },
    body: null,
    signal: left.signal,
    ...given,
    get clientLeft() {
      return left.signal.aborted;
    },
    leave: () => left.abort(new ClientLeftError()),
  } as StillExchange;
}

describe('HttpContext', () => {
  test('can be handed on by policies: the request and the answer stay the same, the signal is their own', async () => {
    const exchange = exchangeOf({ target: '/a?x=1' });
    const ctx = new RequestContext(exchange);
    const seen: HttpContext[] = [];
    const serve = pipeline<HttpContext, string>()
      .use(retry({ maxAttempts: 2, backoff: 'none' }))
      .use(timeout({ timeoutMs: 1000 }))
      .handle(async (own) => {
        seen.push(own);
        own.response.status = 201;
        own.state['who'] = 'me';
        if (seen.length === 1) throw new Error('once');
        return `${own.path} ${own.query.get('x')} ${own.clientAddress} ${own.signal.aborted}`;
      });
    expect(await serve(ctx)).toBe('/a 1 192.0.2.1 false');
    expect([ctx.response.status, ctx.state]).toEqual([201, { who: 'me' }]);
    const [first, second] = seen;
    expect(first?.signal).not.toBe(second?.signal);
    expect(extend(ctx, { user: 'Ada' })).toMatchObject({ path: '/a', user: 'Ada' });
  });

  test('aborts a handler inside a timeout when the client leaves', async () => {
    const exchange = exchangeOf();
    const serve = pipeline<HttpContext, never>()
      .use(timeout({ timeoutMs: 10_000 }))
      .handle(() => new Promise<never>(() => {}));
    const failed = Promise.resolve(serve(new RequestContext(exchange))).catch(
      (error: unknown) => error,
    );
    exchange.leave();
    expect(await failed).toMatchObject({ code: 'CLIENT_LEFT' });
  });

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
      expect(ctx.path).toBe('*');
    },
  );

  test('aborts when the client leaves', () => {
    const exchange = exchangeOf();
    const ctx = new RequestContext(exchange);
    const { signal } = ctx;
    expect([signal.aborted, ctx.clientLeft]).toEqual([false, false]);
    exchange.leave();
    expect([signal.aborted, ctx.clientLeft]).toEqual([true, true]);
    expect(signal.reason).toMatchObject({ code: 'CLIENT_LEFT' });
  });

  test('has a state of its own', () => {
    const [one, other] = [new RequestContext(exchangeOf()), new RequestContext(exchangeOf())];
    one.state['seen'] = true;
    expect(other.state['seen']).toBeUndefined();
  });
});
