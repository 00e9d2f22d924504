/** MiddlewareBuilder: puts an organization together: what there is in it, and in which order requests meet it. */
import { CodedError } from '@interpose/kernel';
import { ExecutorBook, type MessageExecutor } from './message-executor.ts';
import { crudExecutors, messageExecutors } from './messages/standard.ts';
import {
  type DelegateMiddleware,
  type OrganizationMiddleware,
  organizationMiddleware,
} from './pipeline/organization-middleware.ts';
import { bookOf, handling, requestPipeline } from './pipeline/request-pipeline.ts';
import { type OrganizationOptions, XrmFakedContext } from './xrm-faked-context.ts';

/** A builder was told to use what it was not given. */
export class MissingPartError extends CodedError {
  static override readonly code: string = 'MISSING_PART';

  constructor(use: string, add: string) {
    super(`${use}() needs ${add}(); call it on the same builder, before build().`);
  }
}

type Use = 'crud' | 'messages' | OrganizationMiddleware;

/**
 * Puts an organization together. `add…` registers parts, `use…` says where in the order of the pipeline they stand.
 *
 * @example
 * const context = MiddlewareBuilder.new().addCrud().use(logging).useCrud().build();
 */
export class MiddlewareBuilder {
  readonly #options: OrganizationOptions;
  readonly #uses: Use[] = [];
  readonly #own: MessageExecutor<never>[] = [];
  #hasCrud = false;
  #hasMessages = false;

  constructor(options: OrganizationOptions = {}) {
    this.#options = options;
  }

  /** An empty builder. */
  static new(options?: OrganizationOptions): MiddlewareBuilder {
    return new MiddlewareBuilder(options);
  }

  /** Registers what handles Create, Retrieve, Update, Delete and Upsert. */
  addCrud(): this {
    this.#hasCrud = true;
    return this;
  }

  /** Registers what handles all other messages. */
  addFakeMessageExecutors(): this {
    this.#hasMessages = true;
    return this;
  }

  /** Registers an executor of your own, in the place of one of its name. */
  addFakeMessageExecutor(executor: MessageExecutor<never>): this {
    this.#own.push(executor);
    return this;
  }

  /** Puts a middleware behind those that stand there already. */
  use(middleware: OrganizationMiddleware | DelegateMiddleware): this {
    this.#uses.push(organizationMiddleware(middleware));
    return this;
  }

  /** From here on Create, Retrieve, Update, Delete and Upsert are handled; what stands behind does not see them. */
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
    const crud = this.#hasCrud ? bookOf(crudExecutors) : undefined;
    const messages = this.#messages();
    if (this.#uses.includes('crud') && !crud) throw new MissingPartError('useCrud', 'addCrud');
    if (this.#uses.includes('messages') && !messages) {
      throw new MissingPartError('useMessages', 'addFakeMessageExecutors');
    }
    const warnings = [
      ...(crud && !this.#uses.includes('crud') ? [unused('addCrud', 'useCrud')] : []),
      ...(messages && !this.#uses.includes('messages')
        ? [unused('addFakeMessageExecutors', 'useMessages')]
        : []),
    ];
    const middleware = this.#uses.map((use) => {
      if (use === 'crud') return handling('crud', crud as ExecutorBook);
      return use === 'messages' ? handling('messages', messages as ExecutorBook) : use;
    });
    const hint = warnings.map((warning) => `${warning} `).join('');
    const run = requestPipeline({ middleware, crud, messages, hint });
    return new XrmFakedContext(run, this.#options, warnings);
  }

  #messages(): ExecutorBook | undefined {
    if (!this.#hasMessages && !this.#own.length) return undefined;
    return bookOf([...(this.#hasMessages ? messageExecutors : []), ...this.#own]);
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
