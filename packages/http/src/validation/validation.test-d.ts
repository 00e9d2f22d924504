/** What handlers know of what was validated, and what does not compile. */
import { type } from 'arktype';
import { expectTypeOf } from 'expect-type';
import * as v from 'valibot';
import * as z from 'zod';
import { createApp, type HttpMiddleware } from '../app.ts';
import type { HttpContext } from '../context/context.ts';
import type { StandardSchemaV1 } from './standard-schema.ts';

interface User {
  readonly name: string;
}
declare const authenticate: HttpMiddleware<HttpContext, HttpContext & { readonly user: User }>;
declare const byHand: StandardSchemaV1<string, { readonly at: Date }>;

const Order = z.object({ sku: z.string(), pieces: z.coerce.number() });
const Paging = v.object({ page: v.pipe(v.string(), v.transform(Number)) });
const Params = type({ id: 'string.integer.parse' });

createApp()
  .use(authenticate)
  .post(
    '/orders/:id',
    { body: Order, query: Paging, params: Params, headers: byHand, responses: { 201: Order } },
    (ctx) => {
      expectTypeOf(ctx.valid.body).toEqualTypeOf<{ sku: string; pieces: number }>();
      expectTypeOf(ctx.valid.query).toEqualTypeOf<{ page: number }>();
      expectTypeOf(ctx.valid.params).toEqualTypeOf<{ id: number }>();
      expectTypeOf(ctx.valid.headers).toEqualTypeOf<{ readonly at: Date }>();
      // What middleware adds, and the parameters as they came, are there as well.
      expectTypeOf(ctx.user).toEqualTypeOf<User>();
      expectTypeOf(ctx.params).toEqualTypeOf<{ readonly id: string }>();
      expectTypeOf(ctx.method).toEqualTypeOf<string>();
      return ctx.valid.body;
    },
  )
  .get('/orders', { query: Paging, summary: 'All of them' }, (ctx) => {
    expectTypeOf(ctx.valid).toEqualTypeOf<{ readonly query: { page: number } }>();
    // @ts-expect-error: there is no schema for the body
    return ctx.valid.body as string;
  })
  .get('/plain', { tags: ['plain'] }, (ctx) => {
    // @ts-expect-error: nothing is validated
    return ctx.valid as string;
  })
  .get('/short/:name', (ctx) => {
    expectTypeOf(ctx.params.name).toEqualTypeOf<string>();
    expectTypeOf(ctx.user.name).toEqualTypeOf<string>();
    // @ts-expect-error: nothing is validated
    return ctx.valid as string;
  })
  .group('/admin', (group) => {
    group.on(['PUT', 'PATCH'], '/:key', { body: Order }, (ctx) => {
      expectTypeOf(ctx.valid.body.pieces).toEqualTypeOf<number>();
      expectTypeOf(ctx.user).toEqualTypeOf<User>();
      return ctx.params.key;
    });
  });

// @ts-expect-error: an option that there is not
createApp().get('/', { boddy: Order }, () => 'x');
// @ts-expect-error: no schema
createApp().get('/', { body: { type: 'object' } }, () => 'x');
// @ts-expect-error: the options stand before the handler
createApp().get('/', () => 'x', { summary: 'late' });
// @ts-expect-error: options without a handler
createApp().get('/', { summary: 'x' });
