/** Tests of what OpenAPI documents become. */
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { send, startGateway, startUpstream } from '../../test-kit/loopback.ts';
import { type GatewayConfig, readConfig, standardPlugins } from '../index.ts';
import { configText } from './config-text.ts';
import {
  importOpenApi,
  loadServices,
  type OpenApiImport,
  type OpenApiImportOptions,
} from './import-openapi.ts';
import { formatSpecProblem } from './spec-problem.ts';

const importText = (text: string, options?: OpenApiImportOptions): OpenApiImport =>
  importOpenApi([{ file: 'spec.yaml', text }], options);

const messagesOf = ({ problems }: OpenApiImport): string[] => problems.map(formatSpecProblem);

/** The config as the gateway reads it from the text that is printed. */
function readBack(imported: OpenApiImport, environment = {}): GatewayConfig {
  const text = configText({ listen: { host: '127.0.0.1', port: 0 }, ...imported.config });
  const { config, problems } = readConfig(text, {
    file: 'gateway.yaml',
    plugins: standardPlugins,
    environment,
  });
  expect(problems.filter(({ severity }) => severity === 'error')).toEqual([]);
  return config as GatewayConfig;
}

async function folder(files: Readonly<Record<string, string>>): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'specs-'));
  onTestFinished(() => rm(directory, { recursive: true }));
  for (const [name, text] of Object.entries(files)) {
    await mkdir(join(directory, name, '..'), { recursive: true });
    await writeFile(join(directory, name), text);
  }
  return directory;
}

const ORDERS = `
openapi: 3.1.0
info: { title: Orders of the shop, version: 2.4.0 }
x-service-info:
  id: orders
  module: orders_service
  cors: { allow_origins: ['https://shop.example'], allow_methods: [GET, POST], max_age: 600 }
servers:
  - url: https://{region}.api.example/{base}
    variables: { region: { default: eu }, base: { default: v2 } }
paths:
  /orders:
    get: { operationId: listOrders, responses: { '200': { description: All } } }
    post:
      operationId: create order
      x-route-info: { id: create, handler: create }
      x-cors: { allow_origins: ['https://admin.example'] }
      responses: { '201': { description: Made } }
  /orders/{order-id}:
    parameters: [{ name: order-id, in: path, required: true, schema: { type: string } }]
    get: { x-route-info: { cache: { staleIfErrorMs: 5000 }, cors: false }, responses: {} }
    delete: { servers: [{ url: 'https://write.api.example/v2' }], responses: {} }
  /orders/{id}.pdf: { get: { responses: {} } }
  x-internal: { note: not a path }
`;

const PETS = JSON.stringify({
  openapi: '3.0.3',
  info: { title: 'Pet Store', version: '1.0' },
  servers: [{ url: 'http://pets.internal:8080' }, { url: 'http://staging.internal' }],
  security: [{ key: [] }],
  paths: {
    '/pets': { $ref: '#/components/pathItems/Pets' },
    '/login': { post: { security: [], responses: {} } },
    '/admin': { get: { security: [{ basic: [] }], responses: {} } },
    '/tokens': { get: { security: [{ bearer: [] }], responses: {} } },
    '/jwt': { get: { security: [{ jwt: [] }], responses: {} } },
    '/either': { get: { security: [{ key: [] }, { basic: [] }], responses: {} } },
    '/sso': { get: { security: [{ sso: ['read'] }], responses: {} } },
    '/maybe': { get: { security: [{}, { key: [] }], responses: {} } },
  },
  components: {
    pathItems: { Pets: { get: { operationId: 'pets', responses: {} } } },
    securitySchemes: {
      key: { type: 'apiKey', in: 'header', name: 'X-Pet-Key' },
      basic: { type: 'http', scheme: 'Basic' },
      bearer: { type: 'http', scheme: 'bearer' },
      jwt: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' },
      sso: { type: 'openIdConnect', openIdConnectUrl: 'https://id.example/.well-known' },
    },
  },
});

describe('a document', () => {
  test('G-104 becomes an upstream for its server, and a route for each operation', () => {
    const { config, services, problems } = importText(ORDERS);
    expect(config.upstreams).toEqual({
      orders: { url: 'https://eu.api.example/v2' },
      'orders-2': { url: 'https://write.api.example/v2' },
    });
    expect(
      config.routes.map(({ name, path, methods, upstream }) => [name, path, methods, upstream]),
    ).toEqual([
      ['orders.listOrders', '/orders', ['GET'], 'orders'],
      ['orders.create', '/orders', ['POST'], 'orders'],
      ['orders.get-orders-order_id', '/orders/{order_id}', ['GET'], 'orders'],
      ['orders.delete-orders-order_id', '/orders/{order_id}', ['DELETE'], 'orders-2'],
    ]);
    expect(services).toMatchObject([
      {
        id: 'orders',
        title: 'Orders of the shop',
        version: '2.4.0',
        module: 'orders_service',
        isEnabled: true,
        server: 'https://eu.api.example/v2',
      },
    ]);
    expect(services[0]?.routes).toHaveLength(4);
    expect(problems.map(formatSpecProblem)).toEqual([
      'spec.yaml#/paths/~1orders~1{id}.pdf warning: left out: a parameter can only be the whole of a segment',
    ]);
  });

  test('G-104 merges what an operation says of CORS over what its service says', () => {
    const { config } = importText(ORDERS);
    const pluginsOf = (name: string): unknown =>
      config.routes.find((route) => route.name === name)?.plugins;
    const cors = { origins: ['https://shop.example'], methods: ['GET', 'POST'], maxAgeMs: 600_000 };
    expect(pluginsOf('orders.listOrders')).toEqual([{ name: 'cors', options: cors }]);
    expect(pluginsOf('orders.create')).toEqual([
      { name: 'cors', options: { ...cors, origins: ['https://admin.example'] } },
    ]);
    expect(pluginsOf('orders.get-orders-order_id')).toEqual([
      { name: 'response-cache', options: { staleIfErrorMs: 5000 } },
    ]);
  });

  test('of a plain kind, without anything of ours in it, is imported as well', () => {
    const { config, problems } = importText(PETS);
    expect(config.upstreams).toEqual({ 'Pet-Store': { url: 'http://pets.internal:8080' } });
    expect(config.routes.map(({ name }) => name)).toEqual([
      'Pet-Store.pets',
      'Pet-Store.post-login',
      'Pet-Store.get-admin',
      'Pet-Store.get-tokens',
      'Pet-Store.get-jwt',
      'Pet-Store.get-either',
      'Pet-Store.get-sso',
      'Pet-Store.get-maybe',
    ]);
    // The upstream goes on checking who asks.
    expect(config.routes.flatMap(({ plugins }) => plugins)).toEqual([]);
    expect(problems.map(({ path }) => path)).toEqual(['/servers']);
  });

  test('has its schemes checked by plugins where that is wanted, and tells which it cannot', () => {
    const imported = importText(PETS, { auth: true });
    const { routes } = readBack(imported, {
      PET_STORE_KEY: 'k'.repeat(16),
      PET_STORE_BASIC: 'b'.repeat(16),
      PET_STORE_BEARER: 't'.repeat(32),
      PET_STORE_JWT: 's'.repeat(32),
    });
    expect(routes.map(({ path, plugins }) => [path, plugins.map(({ name }) => name)])).toEqual([
      ['/pets', ['key-auth']],
      ['/login', []],
      ['/admin', ['basic-auth']],
      ['/tokens', ['bearer-auth']],
      ['/jwt', ['jwt']],
      ['/either', []],
      ['/sso', []],
      ['/maybe', []],
    ]);
    expect(routes[0]?.plugins[0]?.options).toMatchObject({
      header: 'X-Pet-Key',
      keys: { client: 'k'.repeat(16) },
    });
    expect(messagesOf(imported).slice(1)).toEqual([
      'spec.yaml#/paths/~1either/get/security warning: several schemes are left to the upstream',
      'spec.yaml#/paths/~1sso/get/security warning: the scheme "sso" is left to the upstream',
    ]);
  });

  test.each([ORDERS, PETS])('is a config that the gateway reads back as it was: %#', (text) => {
    const imported = importText(text);
    const { upstreams, routes } = readBack(imported);
    expect({ upstreams, routes }).toEqual(imported.config);
  });

  test('is served where its server is another one', async () => {
    const upstream = await startUpstream((request, response) =>
      response.end(`${request.method} ${request.url}`),
    );
    const imported = importText(ORDERS, { server: `${upstream.url}/base` });
    const config = readBack(imported);
    const { url } = await startGateway({ ...config, listen: { host: '127.0.0.1', port: 0 } });
    expect((await send(`${url}/orders/a%20b?x=1`)).text).toBe('GET /base/orders/a%20b?x=1');
    expect((await send(`${url}/orders/7`, { method: 'DELETE' })).text).toBe(
      'DELETE /base/orders/7',
    );
    expect((await send(`${url}/orders/7`, { method: 'PATCH' })).status).toBe(405);
    const preflight = await send(`${url}/orders`, {
      method: 'OPTIONS',
      headers: { Origin: 'https://shop.example', 'Access-Control-Request-Method': 'GET' },
    });
    expect(preflight.status).toBe(204);
    expect(preflight.headers['access-control-allow-origin']).toBe('https://shop.example');
  });

  test.each<[string, string, string]>([
    ['no document', '- 1', ' error: expected an OpenAPI document (a mapping)'],
    ['no YAML', 'a: [', ' error: it is neither YAML nor JSON'],
    ['an older one', 'swagger: "2.0"', '#/swagger error: expected OpenAPI 3, got Swagger 2'],
    ['no version', 'info: {}', '#/openapi error: expected a version such as 3.1.0, got nothing'],
    ['a bomb', `a: &a [x,x]\n${bomb()}`, ' error: '],
    ['too deep a nest', '['.repeat(5000), ' error: nested too deep'],
    [
      'a server without a host',
      'openapi: 3.1.0\ninfo: {title: a}\nservers: [{url: /v1}]\npaths: {}',
      '#/servers/0 error: expected the address of a server, such as https://api.example.com/v1, got "/v1"',
    ],
    [
      'no server at all',
      'openapi: 3.1.0\ninfo: {title: a}\npaths: {/a: {get: {}}}',
      '#/paths/~1a/get error: no server and no handler is named',
    ],
    [
      'a server with a password',
      'openapi: 3.1.0\ninfo: {title: a}\nservers: [{url: "https://u:p@a"}]',
      '#/servers/0 error: expected the address',
    ],
    [
      'CORS without origins',
      'openapi: 3.1.0\nx-service-info: {id: a, cors: {headers: [a]}}\npaths: {/a: {get: {}}}',
      '#/x-service-info/cors error: allow_origins must be a non-empty array',
    ],
    [
      'CORS with another word',
      'openapi: 3.1.0\nx-service-info: {id: a, cors: {origin: [a]}}\npaths: {/a: {get: {}}}',
      '#/x-service-info/cors/origin error: cors has no such option',
    ],
    [
      'a service that is neither on nor off',
      'openapi: 3.1.0\nx-service-info: {id: a, enabled: maybe}',
      '#/x-service-info/enabled error: expected true or false, got "maybe"',
    ],
    [
      'the same request twice',
      'openapi: 3.1.0\ninfo: {title: a}\nservers: [{url: http://a}]\npaths: {"/a/{b}": {get: {}}, "/a/{c}": {get: {}}}',
      '#/paths/~1a~1{c}/get error: spec.yaml has GET /a/{c} already',
    ],
  ])('with %s is told, with its place', (_, text, message) => {
    const imported = importText(text);
    expect(messagesOf(imported).join('\n')).toContain(`spec.yaml${message}`);
    expect(imported.problems.some(({ severity }) => severity === 'error')).toBe(true);
  });

  test.each<[string, string]>([
    ['a reference to another file', '{ $ref: "other.yaml#/a" }'],
    ['a reference in a circle', '{ $ref: "#/paths/~1a" }'],
    ['a reference to nothing', '{ $ref: "#/components/x" }'],
    ['what is no mapping', '7'],
  ])('leaves %s out and says so', (_, item) => {
    const imported = importText(
      `openapi: 3.1.0\ninfo: {title: a}\nservers: [{url: http://a}]\npaths: {/a: ${item}, /b: {get: {}}}`,
    );
    expect(imported.config.routes.map(({ path }) => path)).toEqual(['/b']);
    expect(messagesOf(imported)).toEqual([
      expect.stringMatching(/^spec.yaml#\/paths\/~1a.*left out/),
    ]);
  });

  test('cannot reach what is not its own', () => {
    const imported = importText(
      'openapi: 3.1.0\ninfo: {title: __proto__}\nservers: [{url: http://a}]\npaths: {/a: {get: {operationId: constructor, security: [{constructor: []}]}}, __proto__: {get: {}}}',
      { auth: true },
    );
    expect(imported.config.routes.map(({ name }) => name)).toEqual(['proto.constructor']);
    expect(({} as { get?: unknown }).get).toBeUndefined();
  });
});

/** Aliases that stand for more and more. */
function bomb(): string {
  const names = [...'abcdefghi'];
  return names
    .slice(1)
    .map(
      (name, at) =>
        `${name}: &${name} [${Array(9)
          .fill(`*${names[at] as string}`)
          .join(',')}]`,
    )
    .join('\n');
}

const HELLO = `
openapi: 3.1.0
info: { title: Hello, version: 1.0.0 }
x-service-info: { id: hello, module: hello_service, enabled: true }
paths:
  /hello/{name}:
    get: { x-route-info: { id: greet, handler: greet }, responses: {} }
`;

describe('a directory of services', () => {
  test('G-104 is searched for spec.yaml, whose handlers are in this process', async () => {
    const directory = await folder({
      'hello/spec.yaml': HELLO,
      'deep/er/orders/spec.yml': ORDERS,
      'hello/readme.md': 'no document',
    });
    const { services, config, handlers } = await loadServices(directory, {
      modules: { hello_service: { greet: (ctx) => `Hello, ${ctx.params['name']}` } },
    });
    expect(services.map(({ id }) => id)).toEqual(['orders', 'hello']);
    const { url } = await startGateway({ ...config }, { handlers });
    expect((await send(`${url}/hello/Ada`)).text).toBe('Hello, Ada');
  });

  test('G-105 gives a service that is not enabled no routes', async () => {
    const directory = await folder({
      'spec.yaml': HELLO.replace('enabled: true', 'enabled: false'),
    });
    const { services, config } = await loadServices(directory, { modules: {} });
    expect(services).toMatchObject([{ id: 'hello', isEnabled: false, routes: [] }]);
    expect(config).toEqual({ upstreams: {}, routes: [] });
  });

  test('G-104 says all that is wrong with it, in the words of the seed', async () => {
    await expect(loadServices(join(tmpdir(), 'no-such-directory'))).rejects.toThrow(
      /no-such-directory error: Invalid specs directory/,
    );
    const broken = await folder({ 'a/spec.yaml': HELLO });
    await symlink(join(broken, 'nothing'), join(broken, 'spec.yaml'));
    await expect(loadServices(broken)).rejects.toThrow(
      /spec\.yaml error: Failed to open spec file/,
    );
    const directory = await folder({
      'a/spec.yaml': HELLO,
      'b/spec.yaml': PETS,
      'c/spec.yaml': HELLO.replace('/hello/', '/other/'),
    });
    const failure = await loadServices(directory, { modules: { hello_service: {} } }).catch(
      (error: unknown) => error as Error,
    );
    const lines = (failure as Error).message.split('\n').slice(1);
    expect(lines).toEqual([
      expect.stringMatching(/a\/spec\.yaml#\/paths.*get error: Handler not found: greet$/),
      expect.stringMatching(/b\/spec\.yaml error: Missing x-service-info in spec$/),
      expect.stringMatching(/c\/spec\.yaml#.*error: there is a service "hello" already$/),
    ]);
  });
});
