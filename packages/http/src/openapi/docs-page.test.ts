/** Tests of the page of the documentation, as a browser reads it. */
import { createHash } from 'node:crypto';
import { Window } from 'happy-dom';
import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { type App, createApp } from '../app.ts';
import { testClient } from '../testing.ts';
import { docsPage } from './docs-page.ts';
import type { OpenApiDocument } from './document.ts';

const info = { title: 'Shop', version: '1.0.0', description: 'One.\n\nTwo.' };
const HOSTILE = `"><script>alert(1)</script><img src=x onerror=alert(1)>'&</textarea></style>`;

const shop = (): App => {
  const app = createApp();
  docsPage(app, {
    info,
    tags: [{ name: 'orders', description: 'What people want.' }],
    securitySchemes: {
      key: { type: 'apiKey', in: 'header', name: 'X-API-Key' },
      token: { type: 'http', scheme: 'bearer' },
      session: { type: 'apiKey', in: 'cookie', name: 'session' },
    },
  });
  return app
    .get('/', { meta: { hidden: true } }, () => 'home')
    .get(
      '/orders/:id',
      {
        query: z.object({ tag: z.array(z.string()).optional(), page: z.string() }),
        tags: ['orders'],
      },
      ({ params, query, headers }) => ({
        id: params.id,
        tags: query.getAll('tag'),
        key: headers.get('x-api-key') ?? null,
        authorization: headers.get('authorization') ?? null,
      }),
    )
    .post(
      '/orders',
      {
        body: z.object({ sku: z.string(), pieces: z.number().min(1) }),
        bodyKinds: ['json', 'urlencoded'],
        tags: ['orders'],
        summary: 'Places an order',
      },
      async ({ body, headers }) => ({
        type: headers.get('content-type'),
        body: await body.text(),
      }),
    )
    .get('/files/*', ({ params }) => params['*'])
    .delete('/orders', () => null);
};

const pageOf = async (app: Pick<App, 'fetch'>, path = '/docs'): Promise<string> =>
  (await testClient(app).get(path)).text();

/** A browser with the page in it, whose requests go to the app. */
async function browse(app: Pick<App, 'fetch'>, path = '/docs') {
  const window = new Window({
    url: `http://host${path}`,
    settings: {
      enableJavaScriptEvaluation: true,
      suppressInsecureJavaScriptEnvironmentWarning: true,
    },
  });
  const asked: Request[] = [];
  const ask = async (url: string, init: RequestInit): Promise<Response> => {
    const headers = [...(init.headers as unknown as Iterable<[string, string]>)];
    // What belongs to the browser is nothing to a server.
    const isForm = typeof init.body === 'object' && init.body !== null;
    const body = isForm ? new URLSearchParams(String(init.body)) : (init.body ?? null);
    const request = new Request(url, { ...init, headers, body });
    asked.push(request);
    return app.fetch(request);
  };
  Object.assign(window, { fetch: ask });
  const root = window.document;
  root.write(await pageOf(app, new URL(path, 'http://host').pathname));
  const inForm = (label: string) => {
    const form = root.querySelector(`form[aria-label="Try ${label}"]`);
    if (!form) throw new Error(`There is no form for ${label}`);
    return {
      fill(selector: string, value: string) {
        const field = form.querySelector(selector) as unknown as { value: string };
        field.value = value;
        return this;
      },
      async send(): Promise<string> {
        form.dispatchEvent(new window.Event('submit', { bubbles: true, cancelable: true }));
        const button = form.querySelector('button') as unknown as { disabled: boolean };
        while (button.disabled) await new Promise((resolve) => void setImmediate(resolve));
        return form.querySelector('output')?.textContent ?? '';
      },
    };
  };
  return { root, asked, inForm };
}

test('begins with a body that the schema takes, and calls what has no tag by what it is', async () => {
  const body = z.object({
    above: z.number().gt(0),
    least: z.int().min(3),
    most: z.number().max(-2),
    any: z.number(),
  });
  const app = createApp();
  docsPage(app, { info });
  app.post('/numbers', { body }, () => null);
  const { root } = await browse(app);
  const sample: unknown = JSON.parse(root.querySelector('[data-body]')?.textContent ?? '');
  expect(sample).toEqual({ above: 1, least: 3, most: -2, any: 0 });
  expect(body.safeParse(sample).success).toBe(true);
  expect(root.querySelector('nav h2')?.textContent).toBe('operations');
});

describe('the page', () => {
  test('lists operations by tag, with parameters, bodies and answers', async () => {
    const { root } = await browse(shop());
    expect(root.title).toBe('Shop');
    expect([...root.querySelectorAll('header p')].map((one) => one.textContent)).toEqual([
      'One.',
      'Two.',
      'OpenAPI document',
    ]);
    const tags = [...root.querySelectorAll('main > section > h2')].map((one) => one.textContent);
    expect(tags).toEqual(['Access', 'orders', 'other', 'Schemas']);
    const listed = [...root.querySelectorAll('details > summary')].map((one) => one.textContent);
    expect(listed).toEqual([
      'GET /orders/{id} ',
      'POST /orders Places an order',
      'DELETE /orders ',
      'GET /files/{rest} ',
    ]);
    const place = root.querySelector('#operation-postOrders');
    expect(place?.textContent).toContain('minimum 1');
    expect(place?.textContent).toContain('ValidationProblem');
    expect(root.querySelector('#operation-getOrdersById table')?.textContent).toContain(
      'list of string',
    );
    expect(root.querySelector('#schema-Problem')?.textContent).toContain('requestId');
  });

  test('needs nothing from elsewhere, and its policy names what it has by digest', async () => {
    const answer = await testClient(shop()).get('/docs');
    const html = await answer.text();
    expect(html.match(/(?:src|href|url|import)\s*[=(]\s*["']?(?:https?:)?\/\//g)).toBeNull();
    expect(html).not.toMatch(/\son\w+=|\sstyle=/);
    const digest = (tag: string): string => {
      const inner = new RegExp(`<${tag}>([^]*?)</${tag}>`).exec(html)?.[1] ?? '';
      expect(inner.length).toBeGreaterThan(500);
      return `'sha256-${createHash('sha256').update(inner).digest('base64')}'`;
    };
    expect(answer.headers.get('content-security-policy')).toBe(
      `default-src 'none'; style-src ${digest('style')}; script-src ${digest('script')}; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
    );
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
  });

  test('has landmarks, names for all fields, headings in order and a way past the list', async () => {
    const { root } = await browse(shop());
    expect(root.documentElement.lang).toBe('en');
    for (const landmark of ['header', 'nav[aria-label]', 'main#main']) {
      expect(root.querySelectorAll(landmark)).toHaveLength(1);
    }
    expect(root.body.firstElementChild?.getAttribute('href')).toBe('#main');
    const nameless = [...root.querySelectorAll('input, textarea, select')].filter(
      (field) => !field.closest('label')?.textContent?.trim(),
    );
    expect(nameless).toEqual([]);
    const levels = [...root.querySelectorAll('h1, h2, h3, h4')].map(({ localName }) =>
      Number(localName[1]),
    );
    expect(levels[0]).toBe(1);
    const ids = [...root.querySelectorAll('[id]')].map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    const dead = [...root.querySelectorAll('a[href^="#"]')].filter(
      (link) => !root.getElementById(link.getAttribute('href')?.slice(1) ?? ''),
    );
    expect(dead).toEqual([]);
    expect(root.querySelectorAll('output[aria-live]').length).toBe(
      root.querySelectorAll('form').length,
    );
    expect(root.querySelector('style')?.textContent).toContain('prefers-color-scheme: dark');
  });

  test('shows routes that were added later, and makes the document once', async () => {
    const app = shop();
    const one = await testClient(app).get('/openapi.json');
    expect(one.headers.get('content-type')).toBe('application/json');
    expect(Object.keys(((await one.json()) as OpenApiDocument).paths)).not.toContain('/late');
    let made = 0;
    const counted = {
      '~standard': {
        version: 1,
        vendor: 'hand',
        validate: (value: unknown) => ({ value }),
        jsonSchema: { input: () => (made++, {}), output: () => ({}) },
      },
    } as const;
    app.post('/late', { body: counted }, () => null);
    for (let time = 0; time < 3; time++) expect(await pageOf(app)).toContain('/late');
    expect(made).toBe(1);
  });

  test('reads only, where nothing is to be tried', async () => {
    const app = createApp().get('/a', () => 'x');
    docsPage(app, { info, path: '/redoc', canTry: false });
    const answer = await testClient(app).get('/redoc');
    expect(answer.headers.get('content-security-policy')).not.toContain('script-src');
    expect(await answer.text()).not.toMatch(/<script|<form|<input/);
  });

  test('shows a document that comes from elsewhere, and may send to its servers', async () => {
    const document: OpenApiDocument = {
      openapi: '3.1.0',
      info: { title: 'Far', version: '1' },
      servers: [{ url: 'https://api.example/v1' }, { url: '/v2' }, { url: 'javascript:alert(1)' }],
      paths: { '/x': { get: { operationId: 'x', responses: { 200: { $ref: '#/gone' } } } } },
    };
    const app = docsPage(document, { path: '/far/docs', documentPath: '/far/openapi.json' });
    const answer = await testClient(app).get('/far/docs');
    expect(answer.headers.get('content-security-policy')).toContain(
      "connect-src 'self' https://api.example;",
    );
    expect(await answer.text()).toContain('href="../far/openapi.json"');
    expect(await (await testClient(app).get('/far/openapi.json')).json()).toEqual(document);
  });

  test('tells what it could not tell', async () => {
    const warnings: string[] = [];
    const app = createApp().on(['PURGE'], '/x', () => 'x');
    docsPage(app, { info, onWarning: (warning) => void warnings.push(warning) });
    await pageOf(app);
    await pageOf(app);
    expect(warnings).toEqual(['PURGE /x: documents have no such method']);
  });

  test.each([
    [{ info, path: 'docs' }, '`path`'],
    [{ info, documentPath: '/docs/:id' }, '`documentPath`'],
    [{ info, title: 'x' }, 'title'],
    [{}, '`info.title`'],
  ])('refuses options that are none: %o', (options, message) => {
    expect(() => docsPage(createApp(), options as never)).toThrow(message);
  });

  test('refuses for a document what only an app has', () => {
    const document = { openapi: '3.1.0', info, paths: {} } as const;
    expect(() => docsPage(document, { info } as never)).toThrow('info');
  });
});

describe('names and descriptions from strangers', () => {
  const hostile: OpenApiDocument = {
    openapi: '3.1.0',
    info: { title: HOSTILE, version: HOSTILE, description: HOSTILE },
    servers: [{ url: HOSTILE, description: HOSTILE }],
    tags: [{ name: HOSTILE, description: HOSTILE }],
    paths: {
      [`/${HOSTILE}/{id}`]: {
        post: {
          tags: [HOSTILE],
          summary: HOSTILE,
          description: HOSTILE,
          operationId: HOSTILE,
          parameters: [
            {
              name: HOSTILE,
              in: 'query',
              description: HOSTILE,
              schema: { type: HOSTILE, format: HOSTILE, default: HOSTILE, enum: [HOSTILE] },
            },
            { name: 'list', in: 'query', schema: { type: 'array', items: { type: HOSTILE } } },
          ],
          requestBody: {
            required: true,
            content: {
              [HOSTILE]: {
                schema: {
                  type: 'object',
                  description: HOSTILE,
                  properties: { [HOSTILE]: { const: HOSTILE, pattern: HOSTILE } },
                  examples: [{ [HOSTILE]: HOSTILE }],
                },
              },
            },
          },
          responses: {
            [HOSTILE]: {
              description: HOSTILE,
              content: { [HOSTILE]: { schema: { $ref: HOSTILE } } },
            },
          },
        },
      },
    },
    components: {
      schemas: { [HOSTILE]: { anyOf: [{ type: HOSTILE }], title: HOSTILE } },
      securitySchemes: {
        [HOSTILE]: { type: 'apiKey', in: 'header', name: HOSTILE, description: HOSTILE },
        cookie: { type: 'apiKey', in: 'cookie', name: HOSTILE },
        token: { type: 'http', scheme: HOSTILE },
      },
    },
  };

  test('stay text, wherever they stand', async () => {
    const { root } = await browse(docsPage(hostile));
    expect(root.querySelectorAll('script')).toHaveLength(1);
    expect(root.querySelectorAll('style')).toHaveLength(1);
    expect(root.querySelectorAll('img, iframe, object, [onerror]')).toHaveLength(0);
    expect(root.querySelector('h1')?.textContent).toBe(`${HOSTILE} ${HOSTILE}`);
    expect(root.querySelector('textarea[data-body]')?.textContent?.trim()).toBe(
      JSON.stringify({ [HOSTILE]: HOSTILE }, null, 2),
    );
    expect(root.querySelector('summary')?.textContent).toContain(HOSTILE);
  });

  test('stay text in what comes back', async () => {
    const app = createApp();
    docsPage(app, { info });
    app.get('/x', (ctx) => {
      ctx.response.headers.set('Content-Type', 'text/html');
      return HOSTILE;
    });
    const { root, inForm } = await browse(app);
    expect(await inForm('getX').send()).toContain(HOSTILE);
    expect(root.querySelectorAll('img')).toHaveLength(0);
  });
});

describe('trying a request', () => {
  test('sends what is typed in: path, query, lists, keys', async () => {
    const { root, inForm } = await browse(shop());
    const type = (name: string, value: string): void => {
      const field = root.querySelector(`input[data-name="${name}"]`) as unknown as {
        value: string;
      };
      field.value = value;
    };
    type('X-API-Key', 'k3y');
    type('bearer', 't0ken');
    const said = await inForm('getOrdersById')
      .fill('[data-name=id]', 'a/b c')
      .fill('[data-name=tag]', 'one\ntwo\n')
      .fill('[data-name=page]', '1')
      .send();
    expect(said).toMatch(/^200 .*ms/);
    expect(said).toContain('GET http://host/orders/a%2Fb%20c?tag=one&tag=two&page=1');
    expect(JSON.parse(said.slice(said.indexOf('{')))).toEqual({
      id: 'a/b c',
      tags: ['one', 'two'],
      key: 'k3y',
      authorization: 'bearer t0ken',
    });
  });

  test('begins with a body that fits, sends it as JSON or as a form', async () => {
    const { root, inForm } = await browse(shop());
    const body = root.querySelector('[data-body]') as unknown as { value: string };
    expect(JSON.parse(body.value)).toEqual({ sku: 'text', pieces: 1 });
    const asJson = await inForm('postOrders').send();
    expect(asJson).toContain('"type": "application/json"');
    const asForm = await inForm('postOrders')
      .fill('[data-type]', 'application/x-www-form-urlencoded')
      .fill('[data-body]', '{"sku":"a&b","pieces":2}')
      .send();
    // The schema wants a number, and a form has only texts.
    expect(asForm).toMatch(/^422 /);
    expect(asForm).toContain('"path": "pieces"');
  });

  test('keeps the slashes of the rest of a path, and says what is missing', async () => {
    const { inForm } = await browse(shop());
    expect(await inForm('getFilesRest').fill('[data-name=rest]', 'a/b c').send()).toContain(
      'GET http://host/files/a/b%20c',
    );
    expect(await inForm('getFilesRest').fill('[data-name=rest]', '').send()).toContain(
      'rest is missing',
    );
  });

  test('finds the app wherever it is mounted', async () => {
    const inner = createApp().get('/hello', () => 'hello from below');
    docsPage(inner, { info });
    const app = createApp().mount('/below', inner.fetch);
    const { inForm, asked } = await browse(app, '/below/docs');
    expect(await inForm('getHello').send()).toContain('hello from below');
    expect(asked.map(({ url }) => url)).toEqual(['http://host/below/hello']);
  });

  test('opens the operation that the address names', async () => {
    const { root } = await browse(shop(), '/docs#operation-postOrders');
    expect(root.querySelector('#operation-postOrders')?.hasAttribute('open')).toBe(true);
    expect(root.querySelector('#operation-getFilesRest')?.hasAttribute('open')).toBe(false);
  });
});
