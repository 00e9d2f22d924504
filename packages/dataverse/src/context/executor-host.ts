/** ExecutorHost: lets an organization that is built already get executors and mocks, and lose them. */
import type { Awaitable } from '@interpose/kernel';
import type { CustomExecutor, MessageExecutor, RequestType } from '../message-executor.ts';
import { executorOf, type RequestHandlers } from '../pipeline/request-handlers.ts';
import type {
  OrganizationRequest,
  OrganizationResponse,
} from '../requests/organization-request.ts';
import { PropertyBag } from './property-bag.ts';
import type { RequestContext } from './request-context.ts';

/** Answers a request in the place of whatever else would. */
export type ExecutionMock<Request extends OrganizationRequest> = (
  request: Request,
  ctx: RequestContext,
) => Awaitable<OrganizationResponse>;

/** What handles requests, as it can be changed. */
export class ExecutorHost extends PropertyBag {
  readonly #handlers: RequestHandlers;

  constructor(handlers: RequestHandlers) {
    super();
    this.#handlers = handlers;
  }

  /** The names of the requests that are handled, in order. */
  get supportedRequests(): readonly string[] {
    return this.#handlers.names;
  }

  /**
   * Answers the requests of a name, or of a class, with what a function gives. A mock wins over every executor; middleware sees its requests as ever.
   *
   * @throws TypeError for anything but a name or a class, and a function
   */
  addExecutionMock<Request extends OrganizationRequest = OrganizationRequest>(
    which: string | RequestType<Request>,
    answer: ExecutionMock<Request>,
  ): void {
    this.#handlers.mocks.add(executorOf(which, answer as unknown as MessageExecutor['execute']));
  }

  /** Tells whether there was one. */
  removeExecutionMock(which: string | RequestType): boolean {
    return this.#handlers.mocks.remove(which);
  }

  /** Adds an executor of your own, or puts it in the place of the one for the same requests. */
  addFakeMessageExecutor<Request extends OrganizationRequest>(
    executor: CustomExecutor<Request>,
  ): void {
    this.#handlers.own.add(executor as CustomExecutor);
  }

  /** Tells whether there was one; those that come along stay. */
  removeFakeMessageExecutor(which: string | RequestType): boolean {
    return this.#handlers.own.remove(which);
  }

  /** Adds an executor for requests that only their name tells apart. */
  addGenericFakeMessageExecutor(
    messageName: string,
    executor: Pick<MessageExecutor, 'execute'>,
  ): void {
    const execute: MessageExecutor['execute'] | undefined = executor?.execute?.bind(executor);
    this.#handlers.own.add(executorOf(messageName, execute));
  }

  /** Tells whether there was one. */
  removeGenericFakeMessageExecutor(messageName: string): boolean {
    return this.#handlers.own.remove(messageName);
  }
}
