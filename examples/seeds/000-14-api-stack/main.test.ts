/** Checks the whole stack end to end: its order, and what becomes of requests of every kind. */
import { gunzipSync } from 'node:zlib';
import { fakeClock, type FakeClock } from '@interpose/testing';
import { memoryTracer, metricsRegistry } from '@interpose/resilience/observing';
import { describe, expect, test } from 'vitest';
import { type Call, makeShop, type Reply } from './main.ts';

const ADA = { authorization: 'Bearer t-ada' };

interface Desk {
  readonly clock: FakeClock;
  readonly call: (more?: Partial<Call>) => Promise<Reply & { readonly data: unknown }>;
  readonly log: { readonly level: string; readonly message: string }[];
  readonly stock: Map<string, number>;
  readonly asked: (readonly string[])[];
  readonly names: readonly string[];
  readonly errors: () => readonly (string | undefined)[];
}

function setUp(pricesOf?: () => never): Desk {
  const clock = fakeClock();
  const log: Desk['log'] = [];
  const at = (level: string) => (_: object, message: string) => void log.push({ level, message });
  const stock = new Map([
    ['tea', 10],
    ['milk', 1],
  ]);
  const asked: (readonly string[])[] = [];
  const tracer = memoryTracer();
  const serve = makeShop({
    clock,
    logger: { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') },
    meter: metricsRegistry(),
    tracer,
    stock,
    pricesOf(items) {
      asked.push(items);
      return pricesOf?.() ?? items.map(({ length }) => length);
    },
  });
  return {
    clock,
    log,
    stock,
    asked,
    names: serve.describe().map(({ name }) => name),
    errors: () => tracer.spans().map(({ error }) => error?.type),
    async call(more) {
      const ctx: Call = { method: 'GET', path: '/orders', headers: ADA, address: 'home', ...more };
      const reply = await serve(ctx);
      const { body } = reply;
      const data: unknown = JSON.parse(
        typeof body === 'string' ? body : gunzipSync(body).toString(),
      );
      return { ...reply, data };
    },
  };
}

const order = (body: unknown): Partial<Call> => ({ method: 'POST', body });

describe('the order', () => {
  test('M-160 X-C4 000-14 is that of the list, sixteen of them, with the boundary round all', () => {
    expect(setUp().names.join(' ')).toBe(
      [
        'errorBoundary',
        'requestId logging metrics tracing',
        'cors rateLimit auth permission',
        'compression cache batch',
        'errorHandler circuitBreaker',
        'validation sanitization transaction',
      ].join(' '),
    );
  });
});

describe('a request', () => {
  test('M-160 000-14 that goes well goes through all of it', async () => {
    const { call, stock, log, errors } = setUp();
    const { status, data } = await call(order({ item: ' tea\u0000', pieces: 2 }));
    expect([status, data]).toEqual([201, '2 tea for Ada']);
    expect(stock.get('tea')).toBe(8);
    expect(log).toEqual([
      { level: 'info', message: 'Starting handler: shop' },
      { level: 'info', message: 'Handler shop completed successfully' },
    ]);
    expect(errors()).toEqual([undefined]);
  });

  test('M-136 000-14 whose order fails takes nothing from the stock, and is answered by the domain', async () => {
    const { call, stock } = setUp();
    const { status, data } = await call(order({ item: 'milk', pieces: 5 }));
    expect([status, data]).toEqual([409, { error: 'Only 1 of milk left.' }]);
    expect(stock.get('milk')).toBe(1);
  });

  test('M-134 000-14 of the wrong form is told what is wrong', async () => {
    const { status, data } = await setUp().call(order({ item: 5, pieces: 1.5 }));
    expect(status).toBe(422);
    expect(data).toMatchObject({
      code: 'VALIDATION',
      errors: [
        { field: 'item', message: 'must be a text' },
        { field: 'pieces', message: 'must be whole' },
      ],
      requestId: 'r-1',
    });
  });

  test.each([
    ['of nobody', {}, 401, 'UNAUTHENTICATED'],
    ['of somebody who may not', { authorization: 'Bearer t-bob' }, 403, 'FORBIDDEN'],
  ])(
    'M-127 M-128 X-C4 000-14 %s is refused in the form of an answer',
    async (_, headers, status, code) => {
      const { call, stock } = setUp();
      const reply = await call({ ...order({ item: 'tea', pieces: 1 }), headers });
      expect([reply.status, reply.headers['content-type']]).toEqual([status, 'application/json']);
      expect(reply.data).toMatchObject({ code, requestId: 'r-1' });
      expect(stock.get('tea')).toBe(10);
    },
  );

  test('X-C4 000-14 too many are refused in the form of an answer, each address for itself', async () => {
    const { call, clock } = setUp();
    for (let count = 0; count < 8; count++)
      expect((await call({ path: '/catalogue' })).status).toBe(200);
    const { status, data } = await call({ path: '/catalogue' });
    expect(status).toBe(429);
    expect(data).toMatchObject({ code: 'RATE_LIMITED', retryAfterS: 8, requestId: 'r-9' });
    expect((await call({ path: '/catalogue', address: 'elsewhere' })).status).toBe(200);
    await clock.advance(7500);
    expect((await call({ path: '/catalogue' })).status).toBe(200);
  });

  test('X-C4 000-14 can be read by pages of the shop, also when it was refused', async () => {
    const { call } = setUp();
    const origin = 'https://shop.example';
    for (const headers of [{ ...ADA, origin }, { origin }]) {
      const reply = await call({ path: '/catalogue', headers });
      expect(reply.headers['access-control-allow-origin']).toBe(origin);
    }
    const other = await call({
      path: '/catalogue',
      headers: { ...ADA, origin: 'https://evil.example' },
    });
    expect(other.headers).not.toHaveProperty('access-control-allow-origin');
  });

  test('000-14 for the catalogue is answered from the cache, compressed for those who can read it', async () => {
    const { call, stock } = setUp();
    const headers = { ...ADA, 'accept-encoding': 'gzip' };
    const first = await call({ path: '/catalogue', headers });
    stock.set('gin', 1);
    const second = await call({ path: '/catalogue' });
    expect(first.headers['content-encoding']).toBe('gzip');
    expect(second.headers).not.toHaveProperty('content-encoding');
    expect(second.data).toBe(first.data);
  });

  test('000-14 for a price is served together with others of the same moment', async () => {
    const { call, asked } = setUp();
    const replies = await Promise.all([
      call({ path: '/prices/tea' }),
      call({ path: '/prices/milk' }),
    ]);
    expect(replies.map(({ data }) => data)).toEqual([{ price: 3 }, { price: 4 }]);
    expect(asked).toEqual([['tea', 'milk']]);
  });

  test('X-R3 000-14 that meets an error nobody foresaw is told nothing of it', async () => {
    const { call, log, errors } = setUp(() => {
      throw new Error('db-3.internal: password=hunter2');
    });
    const { status, data } = await call({ path: '/prices/tea' });
    expect([status, data]).toEqual([
      500,
      { code: 'INTERNAL_ERROR', title: 'Internal Server Error', requestId: 'r-1' },
    ]);
    expect(log.map(({ message }) => message)).toContain(
      'Handler shop failed: db-3.internal: password=[redacted]',
    );
    expect(errors()).toEqual(['Error']);
  });

  test('000-14 that is nonsense does not open the circuit for others', async () => {
    const { call, clock } = setUp();
    for (let count = 0; count < 60; count++) {
      await call(order({ item: 'milk', pieces: count % 2 ? 50 : 'x' }));
      await clock.advance(8000);
    }
    expect((await call(order({ item: 'milk', pieces: 1 }))).status).toBe(201);
  });
});
