/** RequestPipeline: the middleware of an organization in their order, and what happens to requests that nobody handles. */
import { type Awaitable, compose } from '@interpose/kernel';
import type { RequestContext } from '../context/request-context.ts';
import { TransactionQueue } from '../context/transaction-queue.ts';
import { PullRequestException } from '../faults/pull-request-exception.ts';
import type { OrganizationResponse } from '../requests/organization-request.ts';
import {
  type DelegateMiddleware,
  type OrganizationMiddleware,
  organizationMiddleware,
} from './organization-middleware.ts';
import type { RequestHandlers } from './request-handlers.ts';

/** What stands somewhere in a pipeline. */
export type PipelinePart = 'crud' | 'messages' | OrganizationMiddleware | DelegateMiddleware;

/** A pipeline as a builder has put it together. */
export interface PipelinePlan {
  readonly parts: readonly PipelinePart[];
  readonly handlers: RequestHandlers;
  /** What might be meant where a request is handled by nobody. */
  readonly hint: string;
}

/** Runs a request through everything. */
export type RunRequest = (ctx: RequestContext) => Awaitable<OrganizationResponse>;

/** What an organization runs requests with. */
export interface RequestPipeline {
  readonly run: RunRequest;
  readonly handlers: RequestHandlers;
  readonly queue: TransactionQueue;
}

/** The middleware as one function. Whatever is not handled where `useCrud()` and `useMessages()` say is offered to mocks and executors of your own, and then refused. */
export function requestPipeline({ parts, handlers, hint }: PipelinePlan): RequestPipeline {
  const queue = new TransactionQueue();
  const middleware = parts.map((part, index) =>
    typeof part === 'string'
      ? handlers.answering(part, queue)
      : organizationMiddleware(part, `middleware-${index + 1}`),
  );
  const composed = compose<RequestContext, OrganizationResponse>(
    ...middleware,
    handlers.answering('end', queue),
  );
  const fallback = ({ request }: RequestContext): never => {
    throw PullRequestException.forRequest(request.requestName, handlers.names, hint);
  };
  return { run: (ctx) => composed(ctx, fallback as never), handlers, queue };
}
