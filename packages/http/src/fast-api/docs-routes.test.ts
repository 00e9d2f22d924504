/** Tests of the documentation that every FastApi has. */
import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { faultsOf } from '../../test-kit/document-faults.ts';
import { createApp } from '../app.ts';
import type { OpenApiDocument } from '../openapi/document.ts';
import { startTestServer, testClient } from '../testing.ts';
import { createFastApi, type FastApi, type FastApiOptions, FastApiRoutes } from './fast-api.ts';

const environment = {
  FAST_API__AUTH__API_KEY__NAME: 'X-API-Key',
  FAST_API__AUTH__API_KEY__VALUE: 'your-secret-key',
};
const KEY = { 'X-API-Key': 'your-secret-key' };
const setUp = (options: FastApiOptions = {}): FastApi =>
  createFastApi({ environment, onWarning: () => {}, ...options }).setup();
const documentOf = async (api: FastApi): Promise<OpenApiDocument> =>
  (await (await testClient(api).get('/openapi.json')).json()) as OpenApiDocument;

class Teas extends FastApiRoutes {
  readonly tag = 'teas';
  setupRoutes(): void {
    this.addRouteGet('/{id}', { params: z.object({ id: z.coerce.number() }) }, ({ valid }) => ({
      id: valid.params.id + 1,
    }));
    this.addRouteGet(this.list_all);
  }
  list_all(): string[] {
    return [];
  }
}

describe('the documentation', () => {
  test('F-81 is at its addresses: a page to try, one to read, the document, what they are made of', async () => {
    const client = testClient(setUp().addRoutes(Teas));
    const root = await client.get('/');
    expect([root.status, root.headers.get('location')]).toEqual([307, '/docs']);
    const docs = await (await client.get('/docs')).text();
    expect(docs).toContain('data-path="/teas/{id}"');
    const redoc = await (await client.get('/redoc')).text();
    expect(redoc).toContain('/teas/{id}');
    expect(redoc).not.toMatch(/<script|<form|<input/);
    expect(await (await client.get('/openapi.json')).json()).toMatchObject({ openapi: '3.1.0' });
    expect(await (await client.get('/static-docs')).json()).toEqual(['docs.css', 'docs.js']);
    for (const path of [
      '/config/info',
      '/config/status',
      '/config/version',
      '/config/openapi.ts',
      '/auth/set-cookie-form',
    ]) {
      expect([path, (await client.get(path)).status]).toEqual([path, 200]);
    }
    const none = testClient(setUp({ defaultRoutes: false }));
    for (const path of ['/docs', '/redoc', '/openapi.json', '/static-docs']) {
      expect([path, (await none.get(path)).status]).toEqual([path, 404]);
    }
  });

  test('F-81 F-94 is there offline or not, and needs nothing from elsewhere in either case', async () => {
    for (const docsOffline of [true, false]) {
      const client = testClient(setUp({ docsOffline }));
      for (const path of ['/docs', '/redoc']) {
        const answer = await client.get(path);
        const html = await answer.text();
        expect(answer.status).toBe(200);
        expect(html).not.toMatch(/(?:src|href)="(?:https?:)?\/\//);
        expect(answer.headers.get('content-security-policy')).toMatch(/^default-src 'none'; /);
      }
      for (const [name, type] of [
        ['docs.css', 'text/css'],
        ['docs.js', 'text/javascript'],
      ] as const) {
        const answer = await client.get(`/static-docs/${name}`);
        expect(answer.headers.get('content-type')).toContain(type);
        expect(answer.headers.get('cache-control')).toBe('public, max-age=3600');
        const text = await answer.text();
        expect((await (await client.get('/docs')).text()).includes(text)).toBe(true);
      }
    }
  });

  test('F-69 F-94 can be had without a key, whole', async () => {
    const client = testClient(setUp({ enableApiKey: true }));
    for (const path of [
      '/docs',
      '/redoc',
      '/openapi.json',
      '/static-docs/docs.js',
      '/static-docs',
    ]) {
      expect([path, (await client.get(path)).status]).toEqual([path, 200]);
    }
    for (const path of ['/config/openapi.ts', '/static-docs-2', '/docs/x']) {
      expect([path, (await client.get(path)).status]).toEqual([path, 401]);
    }
    expect((await client.get('/config/openapi.ts', { headers: KEY })).status).toBe(200);
  });

  test('F-85 has a client for the app', async () => {
    const api = setUp().addRouteGet('/hello', { operationId: 'hello' }, () => 'x');
    const answer = await testClient(api).get('/config/openapi.ts');
    expect(answer.headers.get('content-type')).toBe('text/plain; charset=utf-8');
    const source = await answer.text();
    expect(source).toContain('export function createClient(options: ClientOptions): Client');
    expect(source).toMatch(/ hello\(\): Promise<unknown>;/);
  });
});

describe('the document of a FastApi', () => {
  test('F-81 tells of its routes, of those of classes under their tags, and is right by the book', async () => {
    const api = setUp({ name: 'shop', version: 'v1.2.3', description: 'Tea.' }).addRoutes(Teas);
    const document = await documentOf(api);
    expect(faultsOf(document)).toEqual([]);
    expect(document.info).toEqual({ title: 'shop', version: 'v1.2.3', description: 'Tea.' });
    expect(document.paths['/teas/{id}']?.get).toMatchObject({
      tags: ['teas'],
      parameters: [{ name: 'id', in: 'path', schema: { type: 'number' } }],
    });
    expect(document.paths['/teas/list-all']?.get).toMatchObject({
      tags: ['teas'],
      operationId: 'list_all',
    });
    expect(Object.keys(document.paths)).not.toContain('/docs');
    expect(document.paths['/config/status']?.get?.tags).toEqual(['config']);
    expect(document.components).not.toHaveProperty('securitySchemes');
    expect(api.openApi()).toEqual({ document, warnings: [] });
    const checked = await testClient(api).get('/teas/1');
    expect(await checked.json()).toEqual({ id: 2 });
    expect((await testClient(api).get('/teas/x')).status).toBe(422);
  });

  test('tells of the key, and of what is open without it', async () => {
    const api = setUp({ enableApiKey: true, apiKey: { exclude: ['/open/*'] } })
      .addRouteGet('/closed', () => 'x')
      .addRouteGet('/open/{id}', () => 'x')
      .addRouteGet('/own', { security: [{ apiKeyHeader: [] }] }, () => 'x');
    const document = await documentOf(api);
    expect(faultsOf(document)).toEqual([]);
    expect(document.components?.securitySchemes).toEqual({
      apiKeyHeader: { type: 'apiKey', in: 'header', name: 'X-API-Key' },
      apiKeyCookie: { type: 'apiKey', in: 'cookie', name: 'X-API-Key' },
    });
    expect(document.security).toEqual([{ apiKeyHeader: [] }, { apiKeyCookie: [] }]);
    expect(document.paths['/closed']?.get).not.toHaveProperty('security');
    expect(document.paths['/closed']?.get?.responses).toHaveProperty('401');
    expect(document.paths['/open/{id}']?.get?.security).toEqual([]);
    expect(document.paths['/open/{id}']?.get?.responses).not.toHaveProperty('401');
    expect(document.paths['/own']?.get?.security).toEqual([{ apiKeyHeader: [] }]);
    expect(document.paths['/config/status']?.get?.security).toEqual([]);
    expect(document.components?.responses?.['Unauthorized']?.content).toHaveProperty(
      'application/json',
    );
    expect(JSON.stringify(document)).not.toContain('your-secret-key');
  });

  test('F-92 tells of apps below a path, and follows what is added', async () => {
    const inner = setUp({ name: 'inner' }).addRouteGet('/x', () => 'x');
    const api = setUp()
      .mount('/inner', inner)
      .mount(
        '/plain',
        createApp().get('/', () => 'y'),
      );
    const before = await documentOf(api);
    expect(faultsOf(before)).toEqual([]);
    expect(Object.keys(before.paths)).toEqual(
      expect.arrayContaining(['/inner/x', '/inner/config/status', '/plain']),
    );
    inner.addRouteGet('/late', () => 'x');
    expect(Object.keys((await documentOf(api)).paths)).toContain('/inner/late');
  });

  test('is made once for as long as nothing changes, also with apps below', () => {
    const api = setUp().mount('/inner', setUp());
    const routes = (): unknown => api.routes({ includeDefault: true, expandMounts: true });
    const [one, other] = [routes(), routes()] as [object[], object[]];
    expect(one.length).toBeGreaterThan(10);
    expect(one.every((route, at) => route === other[at])).toBe(true);
  });

  test('comes over the wire, for HEAD as well', async () => {
    await using server = await startTestServer(setUp().addRoutes(Teas));
    const answer = await fetch(server.url('/docs'), { method: 'HEAD' });
    expect([answer.status, await answer.text()]).toEqual([200, '']);
    const length = Number(answer.headers.get('content-length'));
    expect(length).toBe((await (await fetch(server.url('/docs'))).arrayBuffer()).byteLength);
  });
});
