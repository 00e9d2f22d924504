/** Tests of the client that is written from a document: it compiles, and it speaks to the app. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { transformSync } from 'esbuild';
import { afterAll, expect, test, vi } from 'vitest';
import * as z from 'zod';
import { createApp } from '../app.ts';
import { HttpError } from '../errors.ts';
import { clientSource } from './client-source.ts';
import type { OpenApiDocument } from './document.ts';
import { openApi } from './open-api.ts';

// A compiler is started, which takes its time on a busy machine.
vi.setConfig({ testTimeout: 60_000 });

const folder = mkdtempSync(join(tmpdir(), 'interpose-client-'));
afterAll(() => rmSync(folder, { recursive: true }));

const Tea = z.object({ name: z.string(), grams: z.number().optional() }).meta({ id: 'Tea' });
const app = createApp()
  .get(
    '/teas/:id',
    {
      operationId: 'getTea',
      params: z.object({ id: z.coerce.number() }),
      query: z.object({ tag: z.array(z.string()).or(z.string()).optional() }),
      responses: { 200: Tea },
      summary: 'One tea',
    },
    ({ params, query, headers }) => ({
      name: [params.id, ...query.getAll('tag'), headers.get('x-key')].join(),
    }),
  )
  .post('/teas', { operationId: 'addTea', body: Tea, responses: { 201: Tea } }, (ctx) => {
    ctx.response.status = 201;
    return ctx.valid.body;
  })
  .post(
    '/form',
    {
      operationId: 'sendForm',
      body: z.object({ a: z.array(z.string()) }),
      bodyKinds: ['urlencoded'],
    },
    ({ valid }) => valid.body.a.join('+'),
  )
  .get('/files/*', { operationId: 'getFile' }, ({ params }) => params['*'])
  .delete('/teas', { operationId: 'clear' }, () => null)
  .get('/refused', { operationId: 'refused' }, () => {
    throw new HttpError(409, 'Taken');
  });
const { document } = openApi(app, { info: { title: 'Tea', version: '1' } });

const FLAGS =
  '--noEmit --strict --exactOptionalPropertyTypes --allowImportingTsExtensions --target es2023 --module esnext --moduleResolution bundler --lib es2023,dom,dom.iterable';

/** What the compiler complains of. */
function faultsOf(source: string, use: string): string {
  writeFileSync(join(folder, 'client.ts'), source);
  writeFileSync(join(folder, 'use.ts'), `import { createClient } from './client.ts';\n${use}`);
  const compiler = createRequire(import.meta.url).resolve('typescript/package.json');
  const { stdout } = spawnSync(
    process.execPath,
    [join(compiler, '../bin/tsc'), ...FLAGS.split(' '), 'use.ts'],
    { cwd: folder, encoding: 'utf8' },
  );
  return stdout;
}

interface AnyClient {
  readonly createClient: (options: object) => Record<string, (input?: object) => Promise<unknown>>;
  readonly ClientError: new () => Error;
}

async function load(source: string): Promise<AnyClient> {
  const { code } = transformSync(source, { loader: 'ts' });
  return (await import(`data:text/javascript,${encodeURIComponent(code)}`)) as AnyClient;
}

test('F-85 the client compiles, and knows what goes in and comes out', () => {
  const client = "const client = createClient({ baseUrl: 'http://host' });";
  const source = clientSource(document);
  expect(source).toContain('/** One tea */');
  expect(
    faultsOf(
      source,
      `${client}
const { name, grams } = await client.getTea({ params: { id: 1 }, query: { tag: ['a'] } });
const text: string = name + String(grams?.toFixed());
await client.addTea({ body: { name: text } });
await client.clear();`,
    ),
  ).toBe('');
  const wrong = faultsOf(
    source,
    `${client}
await client.getTea({});
await client.addTea({ body: { name: 5 } });
await client.nothing();`,
  );
  expect(wrong.match(/use\.ts\(\d+/g)).toEqual(['use.ts(3', 'use.ts(4', 'use.ts(5']);
});

test('F-85 the client speaks to the app', async () => {
  const { createClient, ClientError } = await load(clientSource(document));
  const client = createClient({
    baseUrl: 'http://host/',
    headers: { 'X-Key': 'k' },
    fetch: (request: Request) => app.fetch(request),
  });
  expect(await client['getTea']?.({ params: { id: 1 }, query: { tag: ['a&b', 'c'] } })).toEqual({
    name: '1,a&b,c,k',
  });
  expect(await client['addTea']?.({ body: { name: 'Assam' } })).toEqual({ name: 'Assam' });
  expect(await client['sendForm']?.({ body: { a: ['x', 'y'] } })).toBe('x+y');
  expect(await client['getFile']?.({ params: { rest: 'a/b c' } })).toBe('a/b%20c');
  expect(await client['clear']?.()).toBeUndefined();
  const refused = client['refused']?.();
  await expect(refused).rejects.toBeInstanceOf(ClientError);
  await expect(refused).rejects.toMatchObject({ status: 409, body: { detail: 'Taken' } });
});

test('F-85 what strangers wrote in a document does not become code', async () => {
  const evil =
    "*/ globalThis.hacked = 1; /* '; globalThis.hacked = 1; //` ${globalThis.hacked = 1}";
  const hostile: OpenApiDocument = {
    openapi: '3.1.0',
    info: { title: evil, version: evil },
    paths: {
      [`/${evil}/{${evil}}`]: {
        get: {
          operationId: evil,
          summary: evil,
          description: evil,
          parameters: [
            { name: evil, in: 'path', required: true, schema: { enum: [evil, 1, null] } },
          ],
          responses: {
            200: { description: evil, content: { [evil]: { schema: { $ref: evil } } } },
          },
        },
        post: {
          operationId: evil,
          requestBody: {
            required: false,
            content: { [evil]: { schema: { properties: { [evil]: { const: evil } } } } },
          },
          responses: {},
        },
      },
    },
    components: {
      schemas: { [evil]: { description: evil }, '': {}, '1': { type: ['string', 'null'] } },
    },
  };
  const source = clientSource(hostile);
  expect(faultsOf(source, 'createClient;')).toBe('');
  const { createClient } = await load(source);
  expect(Object.keys(createClient({ baseUrl: 'http://host' }))).toHaveLength(2);
  expect(globalThis).not.toHaveProperty('hacked');
});
