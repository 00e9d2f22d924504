/** The types of workers, handlers and queues: what is wrong does not compile. */
import { type Middleware, pipeline } from '@interpose/kernel';
import { retry, timeout } from '@interpose/resilience';
import { expectTypeOf } from 'expect-type';
import { describe, test } from 'vitest';
import type { Job } from '../job.ts';
import type { JobContext } from '../job-context.ts';
import { memory } from '../memory-driver/memory-driver.ts';
import type { EnqueueMiddleware } from '../queue/enqueue-context.ts';
import { createQueue } from '../queue/queue.ts';
import { byName } from './job-handler.ts';
import { runJob } from './run-job.ts';
import { createWorker } from './worker.ts';

interface Mail {
  readonly to: string;
}
interface Sms {
  readonly number: string;
}
interface User {
  readonly email: string;
}

const driver = memory();
const options = { queue: 'mail', autorun: false };

const loadUser: Middleware<JobContext<Mail>, string, JobContext<Mail> & { user: User }> = (
  ctx,
  next,
) => next({ ...ctx, user: { email: ctx.data.to } });
const needsUser: Middleware<JobContext<Mail> & { user: User }, string> = (_, next) => next();

describe('a pipeline of jobs', () => {
  test('accumulates what its middleware provide', () => {
    const work = pipeline<JobContext<Mail>, string>()
      .use(retry())
      .use(timeout({ timeoutMs: 5_000 }))
      .use(loadUser)
      .use(needsUser)
      .handle((ctx) => {
        expectTypeOf(ctx.user).toEqualTypeOf<User>();
        expectTypeOf(ctx.data).toEqualTypeOf<Mail>();
        expectTypeOf(ctx.job.data).toEqualTypeOf<Mail>();
        expectTypeOf(ctx.signal).toEqualTypeOf<AbortSignal>();
        return ctx.user.email;
      });
    createWorker(driver, work, options);
  });

  test('does not compile where something is needed before it is provided', () => {
    // @ts-expect-error -- nobody has provided the user
    pipeline<JobContext<Mail>, string>().use(needsUser).use(loadUser);
    // @ts-expect-error -- nor here
    pipeline<JobContext<Mail>, string>().handle((ctx) => ctx.user.email);
  });

  test('a handler that needs more than a worker gives is none', () => {
    const needs = (ctx: JobContext<Mail> & { user: User }): string => ctx.user.email;
    // @ts-expect-error -- a worker provides no user
    createWorker<Mail, string>(driver, needs, options);
  });
});

describe('handlers', () => {
  test('by name each get the data of their name', () => {
    const handler = byName<{ mail: Mail; sms: Sms }, number>({
      mail: (ctx) => {
        expectTypeOf(ctx.data).toEqualTypeOf<Mail>();
        return 1;
      },
      sms: (ctx) => {
        expectTypeOf(ctx.data).toEqualTypeOf<Sms>();
        return 2;
      },
    });
    createWorker(driver, pipeline<JobContext<Mail | Sms>, number>().handle(handler), options);
    createWorker(driver, handler, options);
  });

  test('by name may be given to a worker as they are', () => {
    createWorker(
      driver,
      {
        mail: (ctx: JobContext<Mail>) => void ctx.data.to,
        sms: (ctx: JobContext<Sms>) => void ctx.data.number,
      },
      options,
    );
  });

  test('by name get what the pipeline provides', () => {
    const handler = byName<{ mail: Mail }, string, { user: User }>({
      mail: (ctx) => ctx.user.email + ctx.data.to,
    });
    pipeline<JobContext<Mail>, string>().use(loadUser).handle(handler);
    // @ts-expect-error -- nobody has provided the user
    pipeline<JobContext<Mail>, string>().handle(handler);
  });

  test('say what a run gives', async () => {
    const report = await runJob(({ data }: JobContext<Mail>) => data.to.length, {
      data: { to: 'ada' },
    });
    expectTypeOf(report.result).toEqualTypeOf<number | undefined>();
    // @ts-expect-error -- not what the handler takes
    await runJob(({ data }: JobContext<Mail>) => data.to.length, { data: { number: '1' } });
  });
});

describe('a queue', () => {
  test('takes and gives what it is for', () => {
    const queue = createQueue<Mail, number>(driver, { name: 'mail' });
    expectTypeOf(queue.add('welcome', { to: 'ada' })).toEqualTypeOf<Promise<Job<Mail, number>>>();
    expectTypeOf(queue.waitFor('1')).toEqualTypeOf<Promise<number>>();
    // @ts-expect-error -- not a mail
    void queue.add('welcome', { number: '1' });
    // @ts-expect-error -- no such option
    void queue.add('welcome', { to: 'ada' }, { atempts: 3 });
  });

  test('its middleware know what it is for', () => {
    const use: EnqueueMiddleware<Mail> = (ctx, next) => {
      expectTypeOf(ctx.data).toEqualTypeOf<Mail>();
      return next({ ...ctx, data: { to: ctx.data.to.trim() } });
    };
    createQueue<Mail>(driver, { name: 'mail', use });
    // @ts-expect-error -- of another kind of queue
    createQueue<Sms>(driver, { name: 'sms', use });
  });
});
