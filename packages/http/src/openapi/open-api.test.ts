/** Tests of documents made from routes. */
import { type } from 'arktype';
import * as v from 'valibot';
import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { createApp } from '../app.ts';
import type { StandardSchemaV1 } from '../validation/standard-schema.ts';
import { faultsOf } from '../../test-kit/document-faults.ts';
import { openApi, type OpenApiOptions } from './open-api.ts';
import { describeSchema } from './schema-book.ts';

const info = { title: 'Shop', version: '1.0.0' };
const made = (app: Parameters<typeof openApi>[0], options: Partial<OpenApiOptions> = {}) => {
  const result = openApi(app, { info, ...options });
  // Whatever a test looks at, all of the document has to be right.
  expect(faultsOf(result.document)).toEqual([]);
  return result;
};

const Item = z.object({ sku: z.string(), pieces: z.number().int().min(1) }).meta({ id: 'Item' });
const Order = z.object({ items: z.array(Item), note: z.string().optional() });
const Stored = z.object({ id: z.string(), item: Item });
const Paging = z.object({
  page: z.coerce.number().int().default(1).describe('From 1 on.'),
  tag: z.array(z.string()).optional(),
});

const shop = createApp()
  .get('/orders', { query: Paging, tags: ['orders'], summary: 'Lists orders' }, () => [])
  .post(
    '/orders',
    {
      body: Order,
      responses: { 201: Stored, 409: { description: 'There is one already' } },
      tags: ['orders'],
      operationId: 'placeOrder',
      security: ['key'],
    },
    () => ({}),
  )
  .group('/orders/:id', (group) =>
    group
      .get(
        '/',
        { params: z.object({ id: z.uuid() }), headers: z.object({ 'x-tenant': z.string() }) },
        () => null,
      )
      .delete('/', { deprecated: true, description: 'Takes it *back*.' }, () => null),
  );
const securitySchemes = {
  key: { type: 'apiKey', in: 'header', name: 'X-API-Key' },
  token: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' },
} as const;

describe('a document', () => {
  test('that is wrong would be found out', () => {
    const { document } = made(shop, { securitySchemes });
    const get = document.paths['/orders']?.get;
    const wrong = (paths: object): readonly string[] =>
      faultsOf({ ...document, paths } as typeof document);
    expect(faultsOf({ ...document, openapi: '2.0' } as never)).not.toEqual([]);
    expect(wrong({ orders: {} })).not.toEqual([]);
    expect(wrong({ '/a': { get: { ...get, responses: undefined } } })).toEqual([]);
    expect(wrong({ '/a': { get: { ...get, responses: { abc: {} } } } })).not.toEqual([]);
    expect(wrong({ '/a': { get }, '/b': { get } })).toEqual(['getOrders names two operations']);
    expect(wrong({ '/a/{id}': { get } })).toEqual(['get /a/{id} has ']);
    expect(wrong({ '/a': { get: { ...get, responses: { 200: { $ref: '#/x' } } } } })).toEqual([
      '#/x leads nowhere',
    ]);
    const schema = { type: 'strange' };
    const parameters = [{ name: 'a', in: 'query', schema }];
    expect(wrong({ '/a': { get: { ...get, parameters } } })).toEqual([
      expect.stringContaining('{"type":"strange"}: '),
    ]);
  });

  test('tells what routes say of themselves', () => {
    const { document, warnings } = made(shop, { securitySchemes });
    expect(warnings).toEqual([]);
    expect(document).toMatchObject({ openapi: '3.1.0', info, tags: [{ name: 'orders' }] });
    expect(Object.keys(document.paths)).toEqual(['/orders', '/orders/{id}']);
    expect(document.paths['/orders']?.get).toEqual({
      tags: ['orders'],
      summary: 'Lists orders',
      operationId: 'getOrders',
      parameters: [
        {
          name: 'page',
          in: 'query',
          description: 'From 1 on.',
          schema: expect.objectContaining({ type: 'integer', default: 1 }),
        },
        { name: 'tag', in: 'query', schema: { type: 'array', items: { type: 'string' } } },
      ],
      responses: {
        200: { description: 'OK' },
        400: { $ref: '#/components/responses/BadRequest' },
        422: { $ref: '#/components/responses/ValidationFailed' },
      },
    });
    expect(document.paths['/orders']?.post).toEqual({
      tags: ['orders'],
      operationId: 'placeOrder',
      requestBody: {
        required: true,
        content: {
          'application/json': {
            schema: {
              type: 'object',
              properties: {
                items: { type: 'array', items: { $ref: '#/components/schemas/Item' } },
                note: { type: 'string' },
              },
              required: ['items'],
            },
          },
        },
      },
      responses: {
        201: {
          description: 'Created',
          content: { 'application/json': { schema: expect.objectContaining({ type: 'object' }) } },
        },
        400: { $ref: '#/components/responses/BadRequest' },
        401: { $ref: '#/components/responses/Unauthorized' },
        403: { $ref: '#/components/responses/Forbidden' },
        409: { description: 'There is one already' },
        415: { $ref: '#/components/responses/UnsupportedMediaType' },
        422: { $ref: '#/components/responses/ValidationFailed' },
      },
      security: [{ key: [] }],
    });
    expect(document.paths['/orders/{id}']?.get).toMatchObject({
      operationId: 'getOrdersById',
      parameters: [
        { name: 'id', in: 'path', required: true, schema: { type: 'string', format: 'uuid' } },
        { name: 'x-tenant', in: 'header', required: true, schema: { type: 'string' } },
      ],
      responses: { 404: { $ref: '#/components/responses/NotFound' } },
    });
    expect(document.paths['/orders/{id}']?.delete).toMatchObject({
      description: 'Takes it *back*.',
      deprecated: true,
      parameters: [{ name: 'id', in: 'path', required: true, schema: { type: 'string' } }],
    });
    expect(document.components?.securitySchemes).toEqual(securitySchemes);
    expect(document.components?.responses?.['ValidationFailed']).toEqual({
      description: 'Unprocessable Content',
      content: {
        'application/problem+json': { schema: { $ref: '#/components/schemas/ValidationProblem' } },
      },
    });
  });

  test('is the same text every time, whatever order methods were added in', () => {
    const text = (): string => JSON.stringify(made(shop, { securitySchemes }).document);
    expect(text()).toBe(text());
    const one = createApp()
      .get('/', () => 'x')
      .post('/', () => 'x');
    const other = createApp()
      .post('/', () => 'x')
      .get('/', () => 'x');
    expect(JSON.stringify(made(one).document)).toBe(JSON.stringify(made(other).document));
  });

  test('of a group tells what lies below its path', () => {
    const paths: string[] = [];
    createApp()
      .get('/public', () => 'x')
      .get('/api-old', () => 'x')
      .group('/api', (group) => {
        group.get('/a', () => 'x').get('/', () => 'x');
        paths.push(...Object.keys(made(group).document.paths));
      });
    expect(paths).toEqual(['/api/a', '/api']);
  });

  test('of an app without routes is one, too', () => {
    expect(made(createApp()).document).toEqual({ openapi: '3.1.0', info, paths: {} });
  });

  test('wants to know what it is about, and nothing that there is not', () => {
    expect(() => openApi(createApp(), {} as never)).toThrow('Expected `info.title` to be a text');
    expect(() => openApi(createApp(), { info, server: [] } as never)).toThrow('server');
  });
});

describe('routes', () => {
  test('for all methods are listed by method; HEAD, OPTIONS and what is hidden are not', () => {
    const app = createApp()
      .all('/any', () => 'x')
      .on(['HEAD', 'OPTIONS'], '/quiet', () => 'x')
      .get('/hidden', { meta: { hidden: true } }, () => 'x')
      .mount('/mounted', () => new Response());
    const { document } = made(app);
    expect(Object.keys(document.paths)).toEqual(['/any']);
    expect(Object.keys(document.paths['/any'] ?? {})).toEqual([
      'get',
      'put',
      'post',
      'delete',
      'patch',
    ]);
  });

  test('with methods of their own are left out, with a warning', () => {
    const { document, warnings } = made(createApp().on(['PURGE', 'GET'], '/x', () => 'x'));
    expect(Object.keys(document.paths['/x'] ?? {})).toEqual(['get']);
    expect(warnings).toEqual(['PURGE /x: documents have no such method']);
  });

  test('that catch the rest of a path give it a name', () => {
    const app = createApp().get('/files/:rest/*', () => 'x');
    const { document } = made(app);
    expect(document.paths['/files/{rest}/{rest_}']?.get?.parameters).toMatchObject([
      { name: 'rest', in: 'path', required: true },
      {
        name: 'rest_',
        in: 'path',
        required: true,
        description: expect.stringContaining('slashes'),
      },
    ]);
  });

  test('may be written with braces, as documents write them', () => {
    const { document } = made(createApp().get('/users/{id}', (ctx) => ctx.params.id));
    const get = document.paths['/users/{id}']?.get;
    expect(get?.operationId).toBe('getUsersById');
    expect(get?.parameters).toMatchObject([{ name: 'id', in: 'path', required: true }]);
  });

  test('whose paths differ in nothing but names are one path', () => {
    const app = createApp()
      .get('/users/:id', () => 'x')
      .delete('/users/:user', { params: z.object({ user: z.string().min(3) }) }, () => 'x');
    const { document } = made(app);
    expect(Object.keys(document.paths)).toEqual(['/users/{id}']);
    expect(document.paths['/users/{id}']?.delete?.parameters).toEqual([
      { name: 'id', in: 'path', required: true, schema: { type: 'string', minLength: 3 } },
    ]);
  });

  test('of another host with the same path have no room', () => {
    const app = createApp()
      .get('/', { host: 'a.example', summary: 'a' }, () => 'a')
      .get('/', { host: 'b.example', summary: 'b' }, () => 'b');
    const { document, warnings } = made(app);
    expect(document.paths['/']?.get?.summary).toBe('a');
    expect(warnings).toEqual([expect.stringContaining('another host')]);
  });

  test('have names that no other has', () => {
    const app = createApp()
      .get('/a/b', () => 'x')
      .get('/a-b', () => 'x')
      .get('/c', { operationId: 'getAB' }, () => 'x')
      .all('/d', { name: 'dee' }, () => 'x')
      .get('/', () => 'x');
    const { document, warnings } = made(app);
    const ids = Object.values(document.paths).flatMap((item) =>
      Object.values(item).map(({ operationId }) => operationId),
    );
    expect(ids).toEqual([
      'getAB',
      'getAB_2',
      'getAB_3',
      'dee_get',
      'dee_put',
      'dee_post',
      'dee_delete',
      'dee_patch',
      'getRoot',
    ]);
    expect(warnings).toEqual([expect.stringContaining('"getAB" names another operation')]);
  });
});

describe('security', () => {
  test('holds for all routes that say nothing else', () => {
    const app = createApp()
      .get('/closed', () => 'x')
      .get('/open', { security: [] }, () => 'x')
      .get('/both', { security: [{ key: [], token: ['read'] }] }, () => 'x');
    const { document, warnings } = made(app, { securitySchemes, security: ['key', 'token'] });
    expect(warnings).toEqual([]);
    expect(document.security).toEqual([{ key: [] }, { token: [] }]);
    expect(document.paths['/closed']?.get).not.toHaveProperty('security');
    expect(Object.keys(document.paths['/closed']?.get?.responses ?? {})).toEqual([
      '200',
      '401',
      '403',
    ]);
    expect(document.paths['/open']?.get?.security).toEqual([]);
    expect(Object.keys(document.paths['/open']?.get?.responses ?? {})).toEqual(['200']);
    expect(document.paths['/both']?.get?.security).toEqual([{ key: [], token: ['read'] }]);
  });

  test('by a scheme that there is not is warned of', () => {
    const app = createApp().get('/', { security: ['constructor'] }, () => 'x');
    expect(openApi(app, { info }).warnings).toEqual([expect.stringContaining('"constructor"')]);
  });

  test('may be told with errors that are no problem documents', () => {
    const app = createApp().get('/', () => 'x');
    const { document } = made(app, {
      securitySchemes,
      security: ['key'],
      errors: { 401: { schema: z.object({ error: z.string() }), description: 'No key' } },
    });
    expect(document.components?.responses?.['Unauthorized']).toMatchObject({
      description: 'No key',
      content: { 'application/json': { schema: { properties: { error: { type: 'string' } } } } },
    });
    expect(document.components?.schemas).not.toHaveProperty('ValidationProblem');
  });
});

describe('schemas', () => {
  const bodyOf = (schema: StandardSchemaV1) => {
    const { document, warnings } = made(createApp().post('/', { body: schema }, () => null));
    const { content, required } = document.paths['/']?.post?.requestBody ?? {};
    return { schema: content?.['application/json']?.schema, required, document, warnings };
  };

  test('of zod and arktype tell themselves', () => {
    expect(bodyOf(type({ name: 'string', 'age?': 'number' })).schema).toMatchObject({
      type: 'object',
      properties: { name: { type: 'string' }, age: { type: 'number' } },
      required: ['name'],
    });
    expect(bodyOf(z.object({ name: z.string() })).schema).not.toHaveProperty('$schema');
  });

  test('that cannot tell are `{}`, with a warning, unless somebody tells it for them', () => {
    const Name = v.object({ name: v.string() });
    const silent = bodyOf(Name);
    expect([silent.schema, silent.warnings]).toEqual([
      {},
      [
        'POST /, body: the schema (valibot) does not tell itself as JSON Schema; describeSchema() does it for it',
      ],
    ]);
    const told = bodyOf(describeSchema(Name, { type: 'object', title: 'Name' }));
    expect([told.schema, told.warnings]).toEqual([{ type: 'object', title: 'Name' }, []]);
  });

  test('that fail to tell are `{}`, with what they said as a warning', () => {
    const { schema, warnings } = bodyOf(z.object({ at: z.date() }));
    expect(schema).toEqual({});
    expect(warnings).toEqual([expect.stringMatching(/^POST \/, body: .*Date/)]);
    expect(bodyOf(describeSchema(z.any(), { default: 1n } as never)).warnings).toHaveLength(1);
  });

  test('described still check, with the types that they have', async () => {
    const Name = describeSchema(v.object({ name: v.string() }), { type: 'object' });
    const app = createApp().post('/', { body: Name }, ({ valid }) => valid.body.name);
    const post = (body: string): Promise<Response> =>
      app.fetch(
        new Request('http://host/', {
          method: 'POST',
          body,
          headers: { 'Content-Type': 'application/json' },
        }),
      );
    expect(await (await post('{"name":"Ada"}')).text()).toBe('Ada');
    expect((await post('{}')).status).toBe(422);
    expect(() => describeSchema({} as never, {})).toThrow('Expected `schema`');
    expect(() => describeSchema(z.string(), 'string' as never)).toThrow('Expected `jsonSchema`');
  });

  test('that refer to themselves get a name', () => {
    const Tree = z.object({
      name: z.string(),
      get children() {
        return z.array(Tree);
      },
    });
    const { schema, document } = bodyOf(Tree);
    expect(schema).toEqual({ $ref: '#/components/schemas/postRoot_body' });
    expect(document.components?.schemas?.['postRoot_body']).toMatchObject({
      properties: { children: { items: { $ref: '#/components/schemas/postRoot_body' } } },
    });
  });

  test('of one name are one if they are the same, and two if they are not', () => {
    const one = z.object({ a: z.string() }).meta({ id: 'Twin' });
    const sameName = describeSchema(z.any(), {
      $ref: '#/$defs/Twin',
      $defs: { Twin: { type: 'number' } },
    });
    const app = createApp()
      .post('/1', { body: one, responses: { 200: one } }, () => null)
      .post('/2', { body: one }, () => null)
      .post('/3', { body: sameName }, () => null);
    const { schemas = {} } = made(app).document.components ?? {};
    expect(Object.keys(schemas).filter((name) => name.startsWith('Twin'))).toEqual([
      'Twin',
      'TwinOutput',
      'Twin2',
    ]);
    expect(schemas['TwinOutput']).toMatchObject({ additionalProperties: false });
  });

  test('may say `$ref` in examples and have members of any name', () => {
    const odd = {
      type: 'object',
      examples: [{ $ref: '#/nowhere' }],
      properties: JSON.parse('{"$ref":{"type":"string"},"__proto__":{"type":"number"}}') as object,
      $defs: { 'a/b': { type: 'boolean' }, Problem: { type: 'null' } },
      allOf: [{ $ref: '#/$defs/a~1b' }, { $ref: '#/$defs/Problem' }],
    };
    const { schema, document } = bodyOf(describeSchema(z.any(), odd));
    expect(schema).toMatchObject({
      examples: [{ $ref: '#/nowhere' }],
      allOf: [{ $ref: '#/components/schemas/a_b' }, { $ref: '#/components/schemas/Problem2' }],
    });
    expect(Object.keys(schema?.['properties'] as object)).toEqual(['$ref', '__proto__']);
    expect(document.components?.schemas?.['Problem']).toMatchObject({
      required: expect.any(Array),
    });
    expect(({} as { type?: unknown }).type).toBeUndefined();
  });

  test('of bodies that may be missing are not required', () => {
    expect(bodyOf(z.string().optional()).required).toBe(false);
    expect(bodyOf(z.string()).required).toBe(true);
    expect(bodyOf(z.string().refine(async () => Promise.resolve(true))).required).toBe(true);
  });

  test('of forms are told as such', () => {
    const app = createApp().post(
      '/',
      { body: Order, bodyKinds: ['multipart', 'json'] },
      () => null,
    );
    expect(Object.keys(made(app).document.paths['/']?.post?.requestBody?.content ?? {})).toEqual([
      'multipart/form-data',
      'application/json',
    ]);
  });

  test('of answers that are texts are plain text, others JSON, and what is said otherwise that', () => {
    const app = createApp().get(
      '/',
      {
        responses: {
          200: z.string(),
          202: { schema: z.number(), description: 'A number' },
          203: { contentType: 'text/csv' },
          204: {},
        },
      },
      () => 'x',
    );
    expect(made(app).document.paths['/']?.get?.responses).toEqual({
      200: { description: 'OK', content: { 'text/plain': { schema: { type: 'string' } } } },
      202: {
        description: 'A number',
        content: { 'application/json': { schema: { type: 'number' } } },
      },
      203: { description: expect.any(String), content: { 'text/csv': { schema: {} } } },
      204: { description: 'No Content' },
    });
  });

  test('of a query may be put together, and are warned of if they have no names', () => {
    const both = z.intersection(
      z.object({ a: z.string() }),
      z.object({ b: z.string().optional() }),
    );
    const named = z.object({ c: z.string() }).meta({ id: 'Named' });
    const app = createApp()
      .get('/a', { query: both }, () => 'x')
      .get('/b', { query: named, params: named }, () => 'x')
      .get('/c', { query: z.record(z.string(), z.string()) }, () => 'x')
      .get(
        '/d',
        { headers: z.object({ accept: z.string(), authorization: z.string() }) },
        () => 'x',
      );
    const { document, warnings } = made(app);
    const names = (path: string) =>
      document.paths[path]?.get?.parameters?.map(({ name, required = false }) => [name, required]);
    expect(names('/a')).toEqual([
      ['a', true],
      ['b', false],
    ]);
    expect(names('/b')).toEqual([['c', true]]);
    expect(names('/c')).toBeUndefined();
    expect(names('/d')).toBeUndefined();
    expect(warnings).toEqual([
      'GET /b: the path has no parameter "c"',
      'GET /c, query: the schema is not that of an object with names',
    ]);
  });
});
