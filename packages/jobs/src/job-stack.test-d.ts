/** Types of the middleware of jobs: they fit pipelines whose jobs carry what they ask for, and change no context. */
import { pipeline } from '@interpose/kernel';
import { retry, timeout } from '@interpose/resilience';
import { expectTypeOf } from 'expect-type';
import type { JobContext } from './job-context.ts';
import { jobStack } from './job-stack.ts';
import { alert } from './middleware/alert.ts';
import { concurrency } from './middleware/concurrency.ts';
import { jobTimeout } from './middleware/job-timeout.ts';
import { unique } from './middleware/unique.ts';

interface Mail {
  readonly to: string;
}

type MailJob = JobContext<Mail>;
type Named = MailJob & { readonly user: string };

pipeline<MailJob, number>()
  .use(retry())
  .use(timeout())
  .use(jobStack())
  .use(jobTimeout())
  .use(unique({ key: ({ data }: MailJob) => data.to }))
  .use<Named>((ctx, next) => next({ ...ctx, user: ctx.data.to }))
  .handle((ctx) => {
    expectTypeOf(ctx.data).toEqualTypeOf<Mail>();
    return 1;
  });

// What stands further out than its user does not compile.
const onFailure = ({ ctx }: { readonly ctx: Named }): string => ctx.user;
const provide = pipeline<MailJob, number>().use<Named>((ctx, next) =>
  next({ ...ctx, user: 'ada' }),
);
provide.use(alert<Named>({ onFailure })).handle((ctx) => ctx.user.length);
// @ts-expect-error: nobody has provided the user
pipeline<MailJob, number>().use(alert<Named>({ onFailure }));

// A key that asks for more than jobs carry does not compile.
const byAccount = unique({ key: ({ data }: JobContext<{ account: string }>) => data.account });
// @ts-expect-error: jobs of this queue carry no account
pipeline<MailJob, number>().use(byAccount);

// The whole stack asks for what its parts ask for.
const limited = jobStack<MailJob>({
  cpuLimit: concurrency<MailJob>({ max: 1, key: ({ data }) => data.to }),
  onFailure: ({ ctx }) => ctx.data.to,
});
pipeline<MailJob, number>()
  .use(limited)
  .handle(({ data }) => data.to.length);
// @ts-expect-error: jobs of this queue are no mail
pipeline<JobContext<{ path: string }>, number>().use(limited);
