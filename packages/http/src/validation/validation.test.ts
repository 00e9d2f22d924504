/** Tests of validation: with schemas of several libraries and by hand, on every part of a request. */
import { type } from 'arktype';
import * as v from 'valibot';
import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { createApp } from '../app.ts';
import { HttpError } from '../errors.ts';
import type { StandardSchemaV1 } from './standard-schema.ts';
import { testClient } from '../testing.ts';
import {
  ResponseInvalidError,
  SchemaFailedError,
  ValidationFailedError,
} from './validation-errors.ts';

interface Order {
  readonly items: readonly { readonly sku: string; readonly quantity: number }[];
}

/** A schema made of one function. */
function schemaOf<Output>(
  validate: StandardSchemaV1<unknown, Output>['~standard']['validate'],
): StandardSchemaV1<unknown, Output> {
  return { '~standard': { version: 1, vendor: 'hand', validate } };
}

const byHand = schemaOf<Order>((value) => {
  const items = (value as { items?: { quantity?: unknown }[] } | undefined)?.items;
  const at = items?.findIndex(({ quantity }) => typeof quantity !== 'number') ?? -1;
  return at < 0
    ? { value: value as Order }
    : { issues: [{ message: 'Expected a number', path: ['items', { key: at }, 'quantity'] }] };
});
const schemas: Readonly<Record<string, StandardSchemaV1<unknown, Order>>> = {
  zod: z.object({ items: z.array(z.object({ sku: z.string(), quantity: z.number() })) }),
  valibot: v.object({ items: v.array(v.object({ sku: v.string(), quantity: v.number() })) }),
  arktype: type({ items: type({ sku: 'string', quantity: 'number' }).array() }),
  'by hand': byHand,
};

const json = (value: unknown): RequestInit => ({
  method: 'POST',
  headers: { 'Content-Type': 'application/json' },
  body: typeof value === 'string' ? value : JSON.stringify(value),
});
const ask = (
  app: { fetch: (request: Request) => Promise<Response> },
  path: string,
  init?: RequestInit,
): Promise<Response> => app.fetch(new Request(`http://host${path}`, init));

describe.each(Object.entries(schemas))('a body checked by %s', (_, Order) => {
  const app = createApp().post('/orders', { body: Order }, (ctx) => ({
    sum: ctx.valid.body.items.reduce((sum, { quantity }) => sum + quantity, 0),
  }));

  test('goes to the handler as the schema gives it', async () => {
    const items = [
      { sku: 'a', quantity: 2 },
      { sku: 'b', quantity: 3 },
    ];
    const answer = await ask(app, '/orders', json({ items }));
    expect([answer.status, await answer.json()]).toEqual([200, { sum: 5 }]);
  });

  test('is a 422 that says where it is wrong, and repeats no value', async () => {
    const items = [{ sku: 'a', quantity: 'S3cret!' }];
    const answer = await ask(app, '/orders', json({ items }));
    expect(answer.status).toBe(422);
    expect(answer.headers.get('content-type')).toBe('application/problem+json');
    const text = await answer.text();
    expect(text).not.toContain('S3cret');
    expect(JSON.parse(text)).toMatchObject({
      status: 422,
      code: 'VALIDATION_FAILED',
      errors: [{ in: 'body', path: 'items.0.quantity', message: expect.stringMatching(/number/i) }],
    });
  });
});

describe('the parts of a request', () => {
  const Paging = z.object({
    page: z.coerce.number().int().min(1).default(1),
    tag: z.union([z.string(), z.array(z.string())]).optional(),
  });
  const app = createApp()
    .get(
      '/items/:id',
      {
        params: z.object({ id: z.coerce.number().int() }),
        query: Paging,
        headers: z.object({ 'x-tenant': z.string().min(2) }),
      },
      ({ valid }) => valid,
    )
    .post('/notes', { body: z.object({ text: z.string() }).optional() }, ({ valid }) => ({
      body: valid.body ?? 'none',
    }));

  test('are given as the schemas want them: texts, or lists of texts for what comes more than once', async () => {
    const headers = { 'X-Tenant': 'acme' };
    const one = await ask(app, '/items/7?page=2&tag=a', { headers });
    expect(await one.json()).toEqual({
      params: { id: 7 },
      query: { page: 2, tag: 'a' },
      headers: { 'x-tenant': 'acme' },
    });
    const two = await ask(app, '/items/7?tag=a&tag=b&tag=c', { headers });
    expect(await two.json()).toMatchObject({ query: { page: 1, tag: ['a', 'b', 'c'] } });
  });

  test('are all complained about at once', async () => {
    const answer = await ask(app, '/items/x?page=0', { headers: { 'X-Tenant': 'a' } });
    const { errors } = (await answer.json()) as { errors: { in: string; path: string }[] };
    expect(errors.map((fault) => `${fault.in} ${fault.path}`)).toEqual([
      'params id',
      'query page',
      'headers x-tenant',
    ]);
  });

  test('that are malformed stay what they are: 400 for no JSON, 415 for a wrong kind, 413 for too much', async () => {
    const broken = await ask(app, '/notes', json('{"text":'));
    expect([broken.status, await broken.json()]).toMatchObject([400, { code: 'INVALID_JSON' }]);
    const plain = await ask(app, '/notes', { method: 'POST', body: 'hello' });
    expect(plain.status).toBe(415);
    const large = await ask(app, '/notes', json({ text: 'x'.repeat(1024 * 1024) }));
    expect(large.status).toBe(413);
    const polluting = await ask(app, '/notes', json('{"__proto__":{"text":"x"}}'));
    expect(polluting.status).toBe(400);
  });

  test('may be missing where the schema allows it', async () => {
    expect(await (await ask(app, '/notes', { method: 'POST' })).json()).toEqual({ body: 'none' });
    expect(await (await ask(app, '/notes', json(''))).json()).toEqual({ body: 'none' });
    const strict = createApp().post('/', { body: z.object({}) }, () => 'ok');
    const answer = await ask(strict, '/', { method: 'POST' });
    expect([answer.status, await answer.json()]).toMatchObject([
      422,
      { errors: [{ in: 'body', path: '' }] },
    ]);
  });

  test('that no schema is for are not read', async () => {
    const lax = createApp().post('/', { query: z.object({}) }, ({ valid }) => ({
      parts: Object.keys(valid),
    }));
    const answer = await ask(lax, '/', json('{"not":'));
    expect(await answer.json()).toEqual({ parts: ['query'] });
  });

  test('of the same request can be read by middleware before, and by the handler after', async () => {
    const seen: unknown[] = [];
    const app = createApp()
      .use(async (ctx, next) => {
        seen.push(await ctx.body.json());
        return next();
      })
      .post('/', { body: z.object({ a: z.number() }) }, async (ctx) => {
        seen.push(ctx.valid.body, await ctx.body.json());
        return null;
      });
    expect((await ask(app, '/', json({ a: 1 }))).status).toBe(204);
    expect(seen).toEqual([{ a: 1 }, { a: 1 }, { a: 1 }]);
  });
});

describe('a form', () => {
  const Profile = z.object({
    name: z.string(),
    age: z.coerce.number(),
    likes: z.array(z.string()),
    photo: z.instanceof(File).optional(),
  });
  const app = createApp()
    .post('/profile', { body: Profile }, async ({ valid: { body } }) => ({
      ...body,
      photo: await body.photo?.text(),
    }))
    .post('/json-only', { body: Profile, bodyKinds: ['json'] }, () => 'ok');

  test('is taken in place of JSON when the request says so', async () => {
    const body = new URLSearchParams('name=Ada&age=36&likes=tea&likes=math');
    const answer = await ask(app, '/profile', { method: 'POST', body });
    expect(await answer.json()).toEqual({ name: 'Ada', age: 36, likes: ['tea', 'math'] });
  });

  test('may have files', async () => {
    const body = new FormData();
    for (const [name, value] of [
      ['name', 'Ada'],
      ['age', '36'],
      ['likes', 'a'],
      ['likes', 'b'],
    ] as const)
      body.append(name, value);
    body.append('photo', new File(['pixels'], 'p.png'));
    const answer = await ask(app, '/profile', { method: 'POST', body });
    expect(await answer.json()).toMatchObject({ name: 'Ada', photo: 'pixels' });
  });

  test('is a 415 where only JSON is taken, and a 400 where it is malformed', async () => {
    const body = new URLSearchParams('name=Ada');
    const answer = await ask(app, '/json-only', { method: 'POST', body });
    expect(answer.status).toBe(415);
    const headers = { 'Content-Type': 'multipart/form-data; boundary=x' };
    const broken = await ask(app, '/profile', { method: 'POST', headers, body: '--y' });
    expect([broken.status, await broken.json()]).toMatchObject([400, { code: 'INVALID_FORM' }]);
  });
});

describe('names that objects have a meaning for', () => {
  const Any = schemaOf<Record<string, unknown>>((value) => ({ value: value as never }));
  const app = createApp()
    .get('/q', { query: Any }, ({ valid: { query } }) => ({
      inherits: Object.getPrototypeOf(query) !== null,
      own: Object.keys(query),
      text: 'toString' in query,
    }))
    .get('/p/:constructor', { params: Any, headers: Any }, ({ valid }) => ({
      params: valid.params,
      inherits: [valid.params, valid.headers].map((one) => Object.getPrototypeOf(one) !== null),
      polluted: 'polluted' in valid.headers,
    }))
    .post('/f', { body: Any }, ({ valid }) => Object.keys(valid.body));

  test('are names like any other, or refused', async () => {
    const answer = await ask(app, '/q?constructor=a&hasOwnProperty=b&prototype=c');
    expect(await answer.json()).toEqual({
      inherits: false,
      own: ['constructor', 'hasOwnProperty', 'prototype'],
      text: false,
    });
    expect((await ask(app, '/q?__proto__=a&__proto__=b')).status).toBe(400);
    const body = new URLSearchParams('__proto__=x');
    expect((await ask(app, '/f', { method: 'POST', body })).status).toBe(400);
    const headers = new Headers([['__proto__', 'polluted']]);
    expect(await (await ask(app, '/p/x', { headers })).json()).toEqual({
      params: { constructor: 'x' },
      inherits: [false, false],
      polluted: false,
    });
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });
});

describe('schemas', () => {
  const told: unknown[] = [];
  const onError = (error: unknown): void => void told.push(error);
  const soon = <T>(value: T): Promise<T> => Promise.resolve(value);

  test('may take their time; the handler waits for all of them', async () => {
    const slow = z.object({ name: z.string().refine(async (name) => soon(name !== 'taken')) });
    const app = createApp().get('/', { query: slow, headers: slow.partial() }, ({ valid }) => ({
      name: valid.query.name,
    }));
    expect(await (await ask(app, '/?name=free')).json()).toEqual({ name: 'free' });
    expect((await ask(app, '/?name=taken')).status).toBe(422);
  });

  test('that are synchronous keep the request so', () => {
    let isAnswered = false;
    const app = createApp().get('/:id', { params: z.object({ id: z.string() }) }, () => {
      isAnswered = true;
      return null;
    });
    void ask(app, '/1');
    expect(isAnswered).toBe(true);
  });

  test.each([
    [
      'throws',
      schemaOf(() => {
        throw new Error('secret');
      }),
    ],
    [
      'throws an answer',
      schemaOf(() => {
        throw new HttpError(418, 'secret');
      }),
    ],
    ['rejects', schemaOf(() => Promise.reject(new Error('secret')))],
    ['gives nothing', schemaOf(() => undefined as never)],
    ['gives nothing later', schemaOf(() => soon(undefined) as never)],
  ])('one that %s is a 500, of which only onError learns more', async (_, broken) => {
    told.length = 0;
    const app = createApp({ onError }).get('/', { query: broken }, () => 'never');
    const answer = await ask(app, '/');
    expect(answer.status).toBe(500);
    expect(await answer.text()).not.toContain('secret');
    expect(told).toHaveLength(1);
    expect(SchemaFailedError.is(told[0])).toBe(true);
    expect(told[0]).toMatchObject({ part: 'query', cause: expect.any(Error) });
  });

  test('one that throws while another rejects leaves no rejection behind', async () => {
    const unhandled: unknown[] = [];
    const listen = (error: unknown): void => void unhandled.push(error);
    process.on('unhandledRejection', listen);
    const app = createApp().get(
      '/',
      {
        params: schemaOf(() => Promise.reject(new Error('one'))),
        query: schemaOf(() => {
          throw new Error('two');
        }),
      },
      () => 'never',
    );
    expect((await ask(app, '/')).status).toBe(500);
    await new Promise((resolve) => void setImmediate(resolve));
    process.off('unhandledRejection', listen);
    expect(unhandled).toEqual([]);
  });

  test('one with a hundred thousand complaints does not make a huge answer', async () => {
    const app = createApp().post('/', { body: z.array(z.string()) }, () => 'never');
    const answer = await ask(app, '/', json(Array.from({ length: 100_000 }, () => 1)));
    const { errors, detail } = (await answer.json()) as { errors: unknown[]; detail: string };
    expect(errors).toHaveLength(100);
    expect(detail).toContain('99900 more');
  });

  test('that are none, and options that there are not, are refused when the route is added', () => {
    const add = (options: object) => () => createApp().get('/', options, () => 'x');
    expect(add({ body: {} })).toThrow('Expected `body` to be a schema by Standard Schema v1');
    expect(add({ boddy: byHand })).toThrow('body');
    expect(add({ bodyKinds: ['xml'] })).toThrow('bodyKinds');
    expect(add({ responses: { ok: byHand } })).toThrow('responses');
    expect(add({ responses: { 200: 'x' } })).toThrow('responses.200');
    const late = createApp().get as unknown as (...given: unknown[]) => unknown;
    expect(() => late('/', () => 'x', { name: 'x' })).toThrow('Expected `handler`');
    expect(() => createApp({ validateResponses: 'yes' as never })).toThrow('validateResponses');
  });
});

describe('what middleware does', () => {
  test('comes before the check: whoever may not call does not learn what would be valid', async () => {
    const app = createApp()
      .use(() => {
        throw new HttpError(401);
      })
      .get('/', { query: z.object({ a: z.string() }) }, () => 'x');
    expect((await ask(app, '/')).status).toBe(401);
  });

  test('may turn a refusal into an answer of its own', async () => {
    const app = createApp()
      .use(async (ctx, next) => {
        try {
          return await next();
        } catch (error) {
          if (!ValidationFailedError.is(error)) throw error;
          ctx.response.status = 400;
          ctx.response.body = String(error.errors.length);
          return ctx.response;
        }
      })
      .get('/', { query: z.object({ a: z.string(), b: z.string() }) }, () => 'x');
    const answer = await ask(app, '/');
    expect([answer.status, await answer.text()]).toEqual([400, '2']);
  });
});

describe('answers', () => {
  const Out = z.object({ id: z.number() });
  const slow = schemaOf((value) =>
    Promise.resolve(value === 'fine' ? { value } : { issues: [{ message: 'not fine' }] }),
  );
  const made = (
    validateResponses: boolean | 'log',
  ): { app: ReturnType<typeof createApp>; told: unknown[] } => {
    const told: unknown[] = [];
    const onError = (error: unknown): void => void told.push(error);
    const app = createApp({ validateResponses, onError })
      .get('/good', { responses: { 200: Out } }, () => ({ id: 1 }))
      .get('/bad', { responses: { 200: Out } }, () => ({ id: 'secret' }))
      .get('/later', { responses: { 200: { schema: slow } } }, () => Promise.resolve('wrong'))
      .get('/other', { responses: { 200: Out } }, (ctx) => {
        ctx.response.status = 202;
        return { state: 'later' };
      })
      .get('/web', { responses: { 200: Out } }, () => new Response('as it is'))
      .get('/empty', { responses: { 204: schemaOf((value) => ({ value })) } }, () => null);
    return { app, told };
  };

  test('that are not valid become a 500, and what is wrong is for onError alone', async () => {
    const { app, told } = made(true);
    const client = testClient(app);
    expect(await (await client.get('/good')).json()).toEqual({ id: 1 });
    for (const path of ['/bad', '/later']) {
      const answer = await client.get(path);
      expect(answer.status).toBe(500);
      expect(await answer.json()).not.toHaveProperty('errors');
    }
    expect(told.map((error) => ResponseInvalidError.is(error))).toEqual([true, true]);
    expect(told[0]).toMatchObject({ status: 200, errors: [{ path: 'id' }] });
    expect(String(told[0])).toContain('GET /bad');
    expect(String(told[0])).not.toContain('secret');
  });

  test('of the web, with another status or without a body are not looked into', async () => {
    const client = testClient(made(true).app);
    expect(await (await client.get('/web')).text()).toBe('as it is');
    expect((await client.get('/other')).status).toBe(202);
    expect((await client.get('/empty')).status).toBe(204);
  });

  test('are sent all the same where they are only logged', async () => {
    const { app, told } = made('log');
    expect(await (await testClient(app).get('/bad')).json()).toEqual({ id: 'secret' });
    expect(await (await testClient(app).get('/later')).text()).toBe('wrong');
    await Promise.resolve();
    expect(told.map((error) => ResponseInvalidError.is(error))).toEqual([true, true]);
  });

  test('are not looked at unless it is asked for', async () => {
    const { app, told } = made(false);
    expect(await (await testClient(app).get('/bad')).json()).toEqual({ id: 'secret' });
    expect(told).toEqual([]);
  });
});
