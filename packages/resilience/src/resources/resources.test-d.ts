/** What lazy and pooled put on a context is known to the compiler, and so is what they need. */
import { pipeline } from '@interpose/kernel';
import { expectTypeOf } from 'expect-type';
import type { LazyResource } from './lazy-resource.ts';
import { lazy } from './lazy.ts';
import { pooled } from './pooled.ts';
import { ResourcePool } from './resource-pool.ts';

interface Call {
  readonly tenant: string;
}
interface Db {
  query(text: string): Promise<string[]>;
}
declare const connect: (tenant: string) => Promise<Db>;

export const provide = lazy({
  db: { load: (ctx: Call) => connect(ctx.tenant), dispose: (db) => db.query('quit') },
  limit: { load: () => 5, scope: 'app' },
});

export const serve = pipeline<Call, string[]>()
  .use(provide)
  .use(pooled(new ResourcePool(() => connect('x')), { as: 'dbConnection' }))
  .handle(async (ctx) => {
    expectTypeOf(ctx.db).toEqualTypeOf<LazyResource<Db>>();
    expectTypeOf(ctx.limit).toEqualTypeOf<LazyResource<number>>();
    expectTypeOf(ctx.dbConnection).toEqualTypeOf<Db>();
    // @ts-expect-error -- nobody has provided it
    void ctx.cache;
    return (await ctx.db.get()).query(ctx.tenant);
  });

// @ts-expect-error -- its loader needs a tenant
pipeline<{ readonly user: string }, string>().use(provide);

// @ts-expect-error -- who loads for all must not know one call
lazy({ db: { scope: 'app', load: (ctx: Call) => connect(ctx.tenant) } });

// @ts-expect-error -- it is no string that is disposed of
lazy({ db: { load: () => 5, dispose: (one: string) => one } });
