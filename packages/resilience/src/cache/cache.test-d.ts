/** Types of cache: it fits every pipeline, unless its functions ask something of context or result. */
import { pipeline, type Policy } from '@interpose/kernel';
import { expectTypeOf } from 'expect-type';
import { cache } from './cache.ts';
import type { CacheState } from './cache-events.ts';

interface Call {
  readonly user: string;
}

interface User {
  readonly id: string;
}

const plain = cache({ key: () => 'a' });
expectTypeOf(plain).toExtend<Policy>();
expectTypeOf(plain.state()).toEqualTypeOf<CacheState>();
pipeline<object, number>().use(plain);

const byUser = cache({ key: ({ user }: Call) => user });
pipeline<Call, string>().use(byUser);
// @ts-expect-error -- nobody provides user
pipeline<object, string>().use(byUser);

const users = cache({
  key: ({ user }: Call) => user,
  dependsOn: (_ctx: Call, user: User) => `user:${user.id}`,
});
pipeline<Call, User>().use(users);
pipeline<Call, User & { readonly name: string }>().use(users);
// @ts-expect-error -- a number is no user
pipeline<Call, number>().use(users);

users.on('hit', ({ ageMs }) => expectTypeOf(ageMs).toEqualTypeOf<number>());
await users.invalidate('user:1');
await users.invalidate({ key: 'ada' });
// @ts-expect-error -- neither a tag nor a key
await users.invalidate({ tag: 'user:1' });
// @ts-expect-error -- a key has to be said
cache({ ttlMs: 5 });
