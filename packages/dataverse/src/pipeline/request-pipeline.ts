/** RequestPipeline: the middleware of an organization in their order, and what happens to requests that nobody handles. */
import { type Awaitable, compose } from '@interpose/kernel';
import type { RequestContext } from '../context/request-context.ts';
import { PullRequestException } from '../faults/pull-request-exception.ts';
import type { MessageExecutor } from '../message-executor.ts';
import { ExecutorBook } from '../message-executor.ts';
import type { OrganizationResponse } from '../requests/organization-request.ts';
import type { OrganizationMiddleware } from './organization-middleware.ts';

/** A pipeline as a builder has put it together. */
export interface PipelineParts {
  readonly middleware: readonly OrganizationMiddleware[];
  readonly crud: ExecutorBook | undefined;
  readonly messages: ExecutorBook | undefined;
  /** What might be meant where a request is handled by nobody. */
  readonly hint: string;
}

/** Runs a request through everything. */
export type RunRequest = (ctx: RequestContext) => Awaitable<OrganizationResponse>;

/** The middleware as one function. Mocks come before all of them that handle requests. */
export function requestPipeline({ middleware, crud, messages, hint }: PipelineParts): RunRequest {
  const composed = compose<RequestContext, OrganizationResponse>(...middleware);
  const fallback = ({ request }: RequestContext): never => {
    const supported = [...(crud?.names ?? []), ...(messages?.names ?? [])];
    throw PullRequestException.forRequest(request.requestName, supported, hint);
  };
  return (ctx) => composed(ctx, fallback as never);
}

/** A middleware that handles the requests for which there is an executor, and hands on all others. */
export function handling(name: string, book: ExecutorBook): OrganizationMiddleware {
  const handle: OrganizationMiddleware = (ctx, next) => {
    const executor: MessageExecutor | undefined = book.find(ctx.request.requestName);
    return executor ? executor.execute(ctx.request, ctx) : next();
  };
  return Object.defineProperty(handle, 'name', { value: name });
}

/** A book with executors in it. */
export function bookOf(executors: readonly MessageExecutor<never>[]): ExecutorBook {
  const book = new ExecutorBook();
  for (const executor of executors) book.add(executor);
  return book;
}
