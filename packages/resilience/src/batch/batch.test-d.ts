/** Types of batch: it answers what `execute` gives, so it fits pipelines that may answer that. */
import { pipeline } from '@interpose/kernel';
import { expectTypeOf } from 'expect-type';
import { type Batch, batch, type BatchState } from './batch.ts';

interface Call {
  readonly id: number;
}

interface Row {
  readonly title: string;
}

const rows = batch({
  item: ({ id }: Call) => id,
  execute: async (ids, { signal }) => {
    expectTypeOf(ids).toEqualTypeOf<readonly number[]>();
    expectTypeOf(signal).toEqualTypeOf<AbortSignal>();
    return ids.map((id): Row | Error => (id > 0 ? { title: String(id) } : new Error('none')));
  },
});
expectTypeOf(rows).toEqualTypeOf<Batch<Call, number, Row>>();
expectTypeOf(rows.state()).toEqualTypeOf<BatchState>();
expectTypeOf(rows.flush()).toEqualTypeOf<Promise<void>>();
pipeline<Call, Row>().use(rows);
pipeline<Call, Row | string>().use(rows);
// @ts-expect-error -- a pipeline of numbers does not answer a row
pipeline<Call, number>().use(rows);
// @ts-expect-error -- nobody provides id
pipeline<object, Row>().use(rows);

const contexts = batch({
  execute: (calls: readonly Call[]) => calls.map(async ({ id }) => id),
});
expectTypeOf(contexts).toEqualTypeOf<Batch<Call, Call, number>>();
pipeline<Call, number>().use(contexts);
// @ts-expect-error -- nobody provides id
pipeline<object, number>().use(contexts);
rows.on('flushed', ({ reason }) =>
  expectTypeOf(reason).toEqualTypeOf<'size' | 'window' | 'manual'>(),
);
