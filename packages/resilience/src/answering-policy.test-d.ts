/** Types of policies that answer by themselves: a pipeline takes them only if it may answer that. */
import { type Outcome, pipeline } from '@interpose/kernel';
import { expectTypeOf } from 'expect-type';
import { chaos } from './chaos/chaos.ts';
import { fallback, type FallbackState } from './fallback.ts';
import { hedge } from './hedge/hedge.ts';
import { retry } from './retry/retry.ts';

interface Call {
  readonly lastKnown: number;
}

pipeline<Call, number>().use(fallback({ fallback: 0 }));
pipeline<Call, number | undefined>().use(fallback({ fallback: undefined }));
pipeline<Call, number>().use(fallback({ fallback: (_: unknown, ctx: Call) => ctx.lastKnown }));
pipeline<Call, number>().use(fallback({ fallback: async () => 0 }));
// @ts-expect-error -- a pipeline of numbers does not answer a word
pipeline<Call, number>().use(fallback({ fallback: 'none' }));
// @ts-expect-error -- nor nothing
pipeline<Call, number>().use(fallback({ fallback: undefined }));
// @ts-expect-error -- nobody provides lastKnown
pipeline<object, number>().use(fallback({ fallback: (_: unknown, ctx: Call) => ctx.lastKnown }));
// @ts-expect-error -- undefined has to be said
fallback({});
expectTypeOf(fallback({ fallback: 0 }).state()).toEqualTypeOf<FallbackState>();
fallback({ fallback: 0 }).on('fellBack', ({ cause }) =>
  expectTypeOf(cause).toEqualTypeOf<Outcome<unknown>>(),
);

pipeline<Call, number>().use(chaos());
pipeline<Call, number>().use(chaos({ kind: 'outcome', outcome: 7 }));
// @ts-expect-error -- a pipeline of numbers does not answer a word
pipeline<Call, number>().use(chaos({ kind: 'outcome', outcome: 'none' }));

pipeline<Call, number>().use(retry({ retryIf: (_, ctx: Call) => ctx.lastKnown > 0 }));
// @ts-expect-error -- nobody provides lastKnown
pipeline<object, number>().use(retry({ retryIf: (_, ctx: Call) => ctx.lastKnown > 0 }));

pipeline<Call, number>().use(hedge({ idempotent: true }));
pipeline<Call, number>().use(hedge({ idempotent: ({ lastKnown }: Call) => lastKnown > 0 }));
// @ts-expect-error -- that the rest may run twice has to be said
hedge({});
// @ts-expect-error -- and to say that it may not makes no sense
hedge({ idempotent: false });
