/** Tests of the routes under /admin: what they tell, to whom, and what they never tell. */
import { describe, expect, test } from 'vitest';
import { testClient } from '../testing.ts';
import { createFastApi, type FastApi, type FastApiOptions } from './fast-api.ts';

const environment = {
  FAST_API__AUTH__API_KEY__NAME: 'X-API-Key',
  FAST_API__AUTH__API_KEY__VALUE: 'your-secret-key',
};
const KEY = { 'X-API-Key': 'your-secret-key' };
const setUp = (options: FastApiOptions = {}): FastApi =>
  createFastApi({
    environment,
    onWarning: () => {},
    enableApiKey: true,
    addAdmin: true,
    ...options,
  }).setup();

const templates = [
  {
    id: 'shop',
    name: 'Shop',
    cookies: [{ name: 'currency', validator: /^[A-Z]{3}$/g, category: 'taste' }],
  },
];

/** Asks with the key, and reads JSON. */
function asking(api: FastApi, headers: Readonly<Record<string, string>> = {}) {
  const client = testClient(api);
  const all = { headers: { ...KEY, ...headers } };
  return {
    read: async (path: string): Promise<unknown> => (await client.get(path, all)).json(),
    get: (path: string) => client.get(path, all),
    post: (path: string, data: object, more: Readonly<Record<string, string>> = {}) =>
      client.post(path, data, { headers: { ...all.headers, ...more } }),
    delete: (path: string, more: Readonly<Record<string, string>> = {}) =>
      client.delete(path, { headers: { ...all.headers, ...more } }),
  };
}

describe('the routes under /admin', () => {
  test('F-95 are off until they are wanted, and only with a key', async () => {
    expect(
      (await testClient(setUp({ addAdmin: false })).get('/admin', { headers: KEY })).status,
    ).toBe(404);
    const locked = testClient(setUp());
    for (const path of [
      '/admin',
      '/admin/admin-info/stats',
      '/admin/admin-config/openapi-spec',
      '/admin/admin-cookies/list',
      '/admin/admin-docs/explorer',
    ]) {
      expect([path, (await locked.get(path)).status]).toEqual([path, 401]);
    }
    expect(() => createFastApi({ environment, addAdmin: true })).toThrow('enableApiKey');
  });

  test('F-95 each group is there or not, below a path of its own', async () => {
    const paths = {
      showDashboard: ['', '/admin-info/stats'],
      showRoutes: ['/admin-config/routes'],
      showCookies: ['/admin-cookies/list'],
      showDocs: ['/admin-docs/endpoints'],
    };
    for (const [flag, own] of Object.entries(paths)) {
      const { get } = asking(setUp({ admin: { basePath: '/back/office', [flag]: false } }));
      for (const path of Object.values(paths).flat()) {
        const status = own.includes(path) ? 404 : 200;
        expect([flag, path, (await get(`/back/office${path}`)).status]).toEqual([
          flag,
          path,
          status,
        ]);
      }
      expect((await get('/admin')).status).toBe(404);
    }
  });

  test.each([
    [{ basePath: '/' }, 'admin.basePath'],
    [{ basePath: '/a/../b' }, 'admin.basePath'],
    [{ basePath: '/:x' }, 'admin.basePath'],
    [{ showDocs: 'no' }, 'admin.showDocs'],
    [{ showDoc: true }, 'showDocs'],
  ])('F-95 %o is refused', (admin, message) => {
    expect(() => setUp({ admin: admin as never })).toThrow(message);
  });

  test('F-95 the page shows what runs here, as text, with links that lead somewhere', async () => {
    const api = setUp({
      name: 'shop',
      description: '<script>alert(1)</script>',
      admin: { basePath: '/a/b' },
    });
    api.addRouteGet('/own', () => '');
    const { get } = asking(api);
    const answer = await get('/a/b');
    const html = await answer.text();
    expect(answer.headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(html).toContain('/own');
    expect(html).toContain('httpEvents');
    expect(html).not.toMatch(/<script|your-secret-key/);
    const links = [...html.matchAll(/href="([^"]+)"/g)].map(
      ([, link = '']) => new URL(link, 'http://host/a/b'),
    );
    expect(links).toHaveLength(4);
    for (const { pathname } of links)
      expect([pathname, (await get(pathname)).status]).toEqual([pathname, 200]);
  });

  test('F-95 tell the document, what it is about, and where documentation is', async () => {
    const { read, get } = asking(setUp({ name: 'shop', version: 'v2' }));
    expect(await read('/admin/admin-config/openapi-spec')).toEqual(await read('/openapi.json'));
    expect(await read('/admin/admin-docs/api-info')).toMatchObject({
      openapi_version: '3.1.0',
      api_title: 'shop',
      api_version: 'v2',
      api_description: null,
      tags: expect.arrayContaining([
        {
          name: 'auth',
          count: 2,
          paths: ['GET /auth/set-cookie-form', 'POST /auth/set-auth-cookie'],
        },
      ]),
    });
    const list = (await read('/admin/admin-docs/endpoints')) as { url: string }[];
    expect(list).toHaveLength(6);
    for (const { url } of list) expect([url, (await get(url)).status]).toEqual([url, 200]);
    const few = asking(setUp({ defaultRoutes: false }));
    expect(await few.read('/admin/admin-docs/endpoints')).toHaveLength(2);
  });

  test('F-95 requests can be made from the page there, unless they may not', async () => {
    const withScript = await (await asking(setUp()).get('/admin/admin-docs/explorer')).text();
    expect(withScript).toContain('<script>');
    const { get } = asking(setUp({ admin: { allowApiTesting: false } }));
    expect(await (await get('/admin/admin-docs/explorer')).text()).not.toMatch(/<script|<form/);
  });
});

describe('cookies under /admin', () => {
  const at = '/admin/admin-cookies';

  test('F-95 are listed with what is known of them, and never with what is in them', async () => {
    const own = asking(setUp(), { Cookie: 'X-API-Key=very-secret' });
    expect(await own.read(`${at}/list`)).toEqual([
      {
        name: 'X-API-Key',
        description: 'The key that lets in',
        category: 'auth',
        required: true,
        has_value: true,
        value_length: 11,
        is_valid: true,
      },
    ]);
    const shop = asking(setUp({ admin: { cookieTemplates: templates } }), {
      Cookie: 'currency=gold; other=1',
    });
    expect(await shop.read(`${at}/list`)).toMatchObject([
      { name: 'currency', is_valid: false, required: false },
    ]);
    expect(await shop.read(`${at}/templates`)).toMatchObject([
      { id: 'shop', cookies: [{ name: 'currency', validator: '^[A-Z]{3}$' }] },
    ]);
    const told = await (await shop.get(`${at}/get/currency`)).text();
    expect(told).not.toContain('gold');
    expect(JSON.parse(told)).toMatchObject({
      name: 'currency',
      has_value: true,
      value_length: 4,
      config: { category: 'taste' },
    });
    expect(await shop.read(`${at}/get/unknown`)).toMatchObject({ has_value: false, config: null });
  });

  test('F-95 are set one by one and together, for as long as is said, and deleted', async () => {
    const { post, delete: remove } = asking(setUp({ admin: { cookieTemplates: templates } }));
    const one = await post(`${at}/set/currency`, { value: 'EUR', expires_in: 60 });
    expect(one.headers.get('set-cookie')).toBe(
      'currency=EUR; Max-Age=60; Path=/; HttpOnly; SameSite=Strict',
    );
    expect(await one.json()).toEqual({ success: true, name: 'currency', value_set: true });
    const wrong = await post(`${at}/set/currency`, { value: 'much gold' });
    expect(wrong.headers.get('set-cookie')).toBeNull();
    const said = await wrong.text();
    expect(JSON.parse(said)).toMatchObject({ success: false });
    expect(said).not.toContain('gold');
    const both = await post(`${at}/bulk-set`, {
      cookies: [
        { name: 'a', value: '1' },
        { name: 'currency', value: 'no' },
      ],
    });
    expect(await both.json()).toMatchObject({
      success: false,
      results: [{ success: true }, { success: false }],
    });
    expect(both.headers.getSetCookie()).toEqual(['a=1; Path=/; HttpOnly; SameSite=Strict']);
    const gone = await remove(`${at}/delete/currency`);
    expect(gone.headers.get('set-cookie')).toMatch(/^currency=; Max-Age=0;/);
    expect(await gone.json()).toEqual({ success: true, name: 'currency', deleted: true });
  });

  test.each([
    [{ value: 5 }],
    [{ value: 'x'.repeat(4000) }],
    [{ value: 'x', expires_in: -1 }],
    [{ value: 'x', expires_in: 'soon' }],
    [[]],
  ])('F-95 %j is no value', async (data) => {
    const answer = await asking(setUp()).post(`${at}/set/a`, data);
    expect([answer.status, answer.headers.get('set-cookie')]).toEqual([400, null]);
  });

  test('F-95 whose names cannot be kept are refused, and of several none is set', async () => {
    const { post } = asking(setUp());
    expect((await post(`${at}/set/a%3Db`, { value: 'x' })).status).toBe(400);
    expect((await post(`${at}/set/__Secure-a`, { value: 'x' })).status).toBe(400);
    const cookies = [
      { name: 'a', value: '1' },
      { name: 'b;', value: '2' },
    ];
    const some = await post(`${at}/bulk-set`, { cookies });
    expect([some.status, some.headers.get('set-cookie')]).toEqual([400, null]);
    expect((await post(`${at}/bulk-set`, { cookies: 'all' })).status).toBe(400);
  });

  test('F-95 no page of another origin can set or delete one', async () => {
    const { post, delete: remove } = asking(setUp());
    const from = { Origin: 'http://evil.example' };
    const answers = [
      await post(`${at}/set/a`, { value: 'x' }, from),
      await post(`${at}/bulk-set`, { cookies: [] }, from),
      await remove(`${at}/delete/a`, from),
    ];
    expect(answers.map(({ status }) => status)).toEqual([403, 403, 403]);
  });

  test('F-95 values can be made up', async () => {
    const { read } = asking(setUp());
    const make = async (type: string): Promise<{ value: string; type: string }> =>
      (await read(`${at}/generate-value/${type}`)) as never;
    expect(await make('uuid')).toMatchObject({
      type: 'uuid',
      value: expect.stringMatching(/^[\da-f-]{36}$/),
    });
    expect(await make('api_key')).toMatchObject({ value: expect.stringMatching(/^sk-[\w-]{48}$/) });
    expect((await make('other')).type).toBe('default');
    expect((await make('api_key')).value).not.toBe((await make('api_key')).value);
  });
});
