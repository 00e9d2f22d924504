/** MiddlewareBuilder: puts an organization together: what there is in it, and in which order requests meet it. */
import { CodedError } from '@interpose/kernel';
import type { CustomExecutor } from './message-executor.ts';
import { crudExecutors, messageExecutors } from './messages/standard.ts';
import {
  checkMiddleware,
  type DelegateMiddleware,
  type OrganizationMiddleware,
} from './pipeline/organization-middleware.ts';
import { RequestHandlers } from './pipeline/request-handlers.ts';
import { type PipelinePart, requestPipeline } from './pipeline/request-pipeline.ts';
import type { OrganizationRequest } from './requests/organization-request.ts';
import { type OrganizationOptions, XrmFakedContext } from './xrm-faked-context.ts';

/** A builder was told to use what it was not given. */
export class MissingPartError extends CodedError {
  static override readonly code: string = 'MISSING_PART';

  constructor(use: string, add: string) {
    super(`${use}() needs ${add}(); call it on the same builder, before build().`);
  }
}

/**
 * Puts an organization together. `add…` registers parts, `use…` says where in the order of the pipeline they stand.
 *
 * @example
 * const context = MiddlewareBuilder.new().addCrud().use(logging).useCrud().build();
 */
export class MiddlewareBuilder {
  readonly #options: OrganizationOptions;
  readonly #uses: PipelinePart[] = [];
  readonly #own: CustomExecutor[] = [];
  #hasCrud = false;
  #hasMessages = false;

  constructor(options: OrganizationOptions = {}) {
    this.#options = options;
  }

  /** An empty builder. */
  static new(options?: OrganizationOptions): MiddlewareBuilder {
    return new MiddlewareBuilder(options);
  }

  /** Registers what handles Create, Retrieve, RetrieveMultiple, Update, Delete, Upsert, Associate and Disassociate. */
  addCrud(): this {
    this.#hasCrud = true;
    return this;
  }

  /** Registers what handles all other messages. */
  addFakeMessageExecutors(): this {
    this.#hasMessages = true;
    return this;
  }

  /** Registers an executor of your own. It comes before one that handles the same requests and comes along. */
  addFakeMessageExecutor<Request extends OrganizationRequest>(
    executor: CustomExecutor<Request>,
  ): this {
    this.#own.push(executor as CustomExecutor);
    return this;
  }

  /** Puts a middleware behind those that stand there already. */
  use(middleware: OrganizationMiddleware | DelegateMiddleware): this {
    checkMiddleware(middleware);
    this.#uses.push(middleware);
    return this;
  }

  /** From here on the requests of `addCrud()` are handled; what stands behind does not see them. */
  useCrud(): this {
    this.#uses.push('crud');
    return this;
  }

  /** From here on all other messages are handled. */
  useMessages(): this {
    this.#uses.push('messages');
    return this;
  }

  /**
   * Makes an organization; another call makes another, which shares nothing with it.
   *
   * @throws MissingPartError if something is used that was not added
   */
  build(): XrmFakedContext {
    const [crud, messages] = [this.#uses.includes('crud'), this.#uses.includes('messages')];
    if (crud && !this.#hasCrud) throw new MissingPartError('useCrud', 'addCrud');
    if (messages && !this.#hasMessages && !this.#own.length) {
      throw new MissingPartError('useMessages', 'addFakeMessageExecutors');
    }
    const warnings = [
      ...(this.#hasCrud && !crud ? [unused('addCrud', 'useCrud')] : []),
      ...(this.#hasMessages && !messages ? [unused('addFakeMessageExecutors', 'useMessages')] : []),
    ];
    const handlers = new RequestHandlers({
      own: this.#own,
      crud: crud ? crudExecutors : [],
      messages: messages && this.#hasMessages ? messageExecutors : [],
    });
    const hint = warnings.map((warning) => `${warning} `).join('');
    const pipeline = requestPipeline({ parts: this.#uses, handlers, hint });
    return new XrmFakedContext(pipeline, this.#options, warnings);
  }
}

const unused = (add: string, use: string): string =>
  `${add}() was called and ${use}() was not, so nothing of it is in the pipeline.`;

/** Makes the organization that most tests need. */
export class XrmFakedContextFactory {
  private constructor() {}

  /** Everything in its usual order: CRUD, then all other messages. */
  static new(options?: OrganizationOptions): XrmFakedContext {
    return MiddlewareBuilder.new(options)
      .addCrud()
      .addFakeMessageExecutors()
      .useCrud()
      .useMessages()
      .build();
  }
}
