/** MessageExecutor: what handles the requests of one name. */
import type { Awaitable } from '@interpose/kernel';
import type { RequestContext } from './context/request-context.ts';
import type { OrganizationRequest, OrganizationResponse } from './requests/organization-request.ts';

/** Handles the requests of one name. */
export interface MessageExecutor<Request extends OrganizationRequest = OrganizationRequest> {
  readonly requestName: string;
  execute(request: Request, ctx: RequestContext): Awaitable<OrganizationResponse>;
}

/** Executors by the names of their requests. */
export class ExecutorBook {
  readonly #executors = new Map<string, MessageExecutor>();

  /** The names, in order. */
  get names(): readonly string[] {
    return [...this.#executors.keys()].toSorted();
  }

  find(requestName: string): MessageExecutor | undefined {
    return this.#executors.get(requestName);
  }

  /** Adds an executor, or puts it in the place of the one with its name. */
  add(executor: MessageExecutor<never>): void {
    this.#executors.set(executor.requestName, executor as MessageExecutor);
  }

  /** Tells whether there was one. */
  remove(requestName: string): boolean {
    return this.#executors.delete(requestName);
  }
}
