/** The API of the README: a key, a limit, validation and a page of documentation; `node examples/http-api/api.mjs` starts it. */
import { createApp, HttpError } from '@interpose/http';
import { apiKey } from '@interpose/http/middleware/api-key';
import { rateLimit } from '@interpose/http/middleware/rate-limit';
import { docsPage } from '@interpose/http/openapi';
import { z } from 'zod';

const Tea = z.object({ name: z.string().min(1), grams: z.number().int().positive() });
const Stored = Tea.extend({ id: z.number() });
const shelf = [{ id: 1, name: 'Assam', grams: 250 }];

// What is added before a middleware goes without it: the page needs no key.
const app = docsPage(createApp(), {
  info: { title: 'Tea shop', version: '1.0.0' },
  securitySchemes: { key: { type: 'apiKey', in: 'header', name: 'X-API-Key' } },
  security: ['key'],
})
  .use(rateLimit({ limit: 100, perMs: 60_000 }))
  .use(apiKey({ name: 'X-API-Key', keys: process.env['API_KEY'] ?? 'demo-key' }))
  .get(
    '/teas/:id',
    { params: z.object({ id: z.coerce.number().int() }), responses: { 200: Stored } },
    (ctx) => {
      const tea = shelf.find(({ id }) => id === ctx.valid.params.id);
      if (!tea) throw new HttpError(404, 'There is no such tea');
      return tea;
    },
  )
  .post(
    '/teas',
    { summary: 'Puts a tea on the shelf', body: Tea, responses: { 201: Stored } },
    (ctx) => {
      const tea = { id: shelf.length + 1, ...ctx.valid.body }; // { id: number; name: string; grams: number }
      shelf.push(tea);
      ctx.response.status = 201;
      return tea;
    },
  );

const { url } = await app.serve({ port: Number(process.env['PORT'] ?? 8080) });
console.log(`the page is at ${url}/docs`);
