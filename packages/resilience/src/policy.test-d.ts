/** Types of policies: they fit every pipeline, unless they ask something of its context. */
import { pipeline, type Policy } from '@interpose/kernel';
import { expectTypeOf } from 'expect-type';
import type { TimeoutState } from './timeout/time-limit.ts';
import { timeout } from './timeout/timeout.ts';

const plain = timeout();
expectTypeOf(plain).toExtend<Policy>();
expectTypeOf(plain.state()).toEqualTypeOf<TimeoutState>();
pipeline<{ url: string }, Response>().use(plain);
pipeline<object, number>().use(plain);

const asking = timeout({ timeoutMs: (ctx: { patienceMs: number }) => ctx.patienceMs });
pipeline<{ patienceMs: number; url: string }, string>().use(asking);
// @ts-expect-error -- nobody provides patienceMs
pipeline<{ url: string }, string>().use(asking);

plain.on('timeout', (event) => expectTypeOf(event.elapsedMs).toEqualTypeOf<number>());
plain.on('*', (event) => expectTypeOf(event.policy).toEqualTypeOf<string>());
plain.reconfigure({ timeoutMs: 5 });
// @ts-expect-error -- a time is a number
plain.reconfigure({ timeoutMs: '5' });
