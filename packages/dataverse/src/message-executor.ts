/** MessageExecutor: what handles the requests of one name, of one class, or whichever it says it can. */
import type { Awaitable } from '@interpose/kernel';
import { unexpected } from '@interpose/kernel/options';
import type { RequestContext } from './context/request-context.ts';
import type { OrganizationRequest, OrganizationResponse } from './requests/organization-request.ts';

/** What every executor does. */
interface Executes<Request extends OrganizationRequest> {
  execute(request: Request, ctx: RequestContext): Awaitable<OrganizationResponse>;
}

/** Handles the requests of one name. */
export interface MessageExecutor<
  Request extends OrganizationRequest = OrganizationRequest,
> extends Executes<Request> {
  readonly requestName: string;
  /** What of the message is not there yet, for the list of what is supported. @default nothing */
  readonly lacks?: string;
}

/** A class of requests. */
export type RequestType<Request extends OrganizationRequest = OrganizationRequest> = abstract new (
  ...args: never[]
) => Request;

/** Handles the requests of a class, and of those that extend it. */
export interface TypeExecutor<
  Request extends OrganizationRequest = OrganizationRequest,
> extends Executes<Request> {
  readonly requestType: RequestType<Request>;
}

/** Handles the requests of which it says that it can. */
export interface AskedExecutor<
  Request extends OrganizationRequest = OrganizationRequest,
> extends Executes<Request> {
  canExecute(request: OrganizationRequest): boolean;
}

/** An executor of any of the three kinds. */
export type CustomExecutor<Request extends OrganizationRequest = never> =
  | MessageExecutor<Request>
  | TypeExecutor<Request>
  | AskedExecutor<Request>;

/** Executors by what they handle: first by the class of a request, then by its name, then by what they say themselves. */
export class ExecutorBook {
  readonly #byType = new Map<unknown, Executes<OrganizationRequest>>();
  readonly #byName = new Map<string, MessageExecutor>();
  readonly #asked: AskedExecutor[] = [];

  /** The names of all whose requests have one, in order. */
  get names(): readonly string[] {
    const types = Array.from(this.#byType.keys(), (type) => (type as RequestType).name);
    return [...this.#byName.keys(), ...types].toSorted();
  }

  /** Those that handle the requests of a name. */
  get named(): Iterable<MessageExecutor> {
    return this.#byName.values();
  }

  find(request: OrganizationRequest): Executes<OrganizationRequest> | undefined {
    return (
      (this.#byType.size ? this.#findByType(request) : undefined) ??
      this.#byName.get(request.requestName) ??
      this.#asked.find((executor) => executor.canExecute(request))
    );
  }

  /**
   * Adds an executor, or puts it in the place of the one for the same requests.
   *
   * @throws TypeError for anything that is none
   */
  add(executor: CustomExecutor): void {
    if (typeof executor?.execute !== 'function') {
      throw unexpected('executor', 'an object with execute()', executor);
    }
    if ('requestName' in executor && typeof executor.requestName === 'string') {
      this.#byName.set(executor.requestName, executor as MessageExecutor);
    } else if ('requestType' in executor && typeof executor.requestType === 'function') {
      this.#byType.set(executor.requestType, executor as Executes<OrganizationRequest>);
    } else if ('canExecute' in executor && typeof executor.canExecute === 'function') {
      this.#asked.push(executor);
    } else {
      throw unexpected(
        'executor',
        'an object with requestName, requestType or canExecute()',
        executor,
      );
    }
  }

  /** Tells whether there was one of the name, or for the class. */
  remove(which: string | RequestType): boolean {
    return typeof which === 'string' ? this.#byName.delete(which) : this.#byType.delete(which);
  }

  /** The one for the class of a request, or for the nearest class that it extends. */
  #findByType(request: OrganizationRequest): Executes<OrganizationRequest> | undefined {
    let prototype: unknown = Object.getPrototypeOf(request);
    while (prototype) {
      const { constructor } = prototype as { readonly constructor: unknown };
      const found = this.#byType.get(constructor);
      if (found) return found;
      prototype = Object.getPrototypeOf(prototype);
    }
    return undefined;
  }
}
