/** What runs a route behind all middleware: the checks of what comes in, the handler, the check of its answer, and the answer itself. */
import { isThenable } from '@interpose/kernel';
import { type Answer, answerWith } from './answer/answer.ts';
import type { HttpContext } from './context/context.ts';
import { type FailureOptions, type Run, tell } from './answer/respond.ts';
import type { HttpResponse } from './context/response.ts';
import type { RouteHandler, RouteOptions } from './validation/route-options.ts';
import { type AnswerCheck, answerCheck, inputCheck } from './validation/validation.ts';

/** How answers are checked, and who is told of those that are not valid. */
export interface RunOptions extends FailureOptions {
  readonly validateResponses?: boolean | 'log';
}

/** Puts a handler together with what its options ask for. */
export function routeRun(
  handler: RouteHandler<HttpContext>,
  options: RouteOptions,
  site: RunOptions,
): Run {
  const finish = finishing(options, site);
  const handle: Run = (ctx) => {
    const value = handler(ctx);
    return isThenable(value)
      ? value.then((answer) => finish(ctx, answer as Answer))
      : finish(ctx, value);
  };
  const check = inputCheck(options);
  if (!check) return handle;
  return (ctx) => {
    const checked = check(ctx);
    return isThenable(checked) ? checked.then(() => handle(ctx)) : handle(ctx);
  };
}

type Finish = (ctx: Parameters<Run>[0], value: Answer) => HttpResponse | PromiseLike<HttpResponse>;

function finishing(options: RouteOptions, site: RunOptions): Finish {
  const { validateResponses = false } = site;
  const check = validateResponses ? answerCheck(options) : undefined;
  if (!check) return answerWith;
  if (validateResponses === 'log') {
    return (ctx, value) => {
      report(check, ctx, value, site);
      return answerWith(ctx, value);
    };
  }
  return (ctx, value) => {
    const checked = check(ctx, value);
    return isThenable(checked)
      ? checked.then(() => answerWith(ctx, value))
      : answerWith(ctx, value);
  };
}

/** Nobody waits for what comes of it. */
function report(
  check: AnswerCheck,
  ctx: Parameters<Run>[0],
  value: Answer,
  site: RunOptions,
): void {
  try {
    const checked = check(ctx, value);
    if (isThenable(checked)) checked.then(undefined, (error: unknown) => tell(error, ctx, site));
  } catch (error) {
    tell(error, ctx, site);
  }
}
