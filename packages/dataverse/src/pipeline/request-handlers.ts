/** RequestHandlers: everything that an organization can answer requests with, and which of it answers where in the pipeline. */
import { unexpected } from '@interpose/kernel/options';
import type { TransactionQueue } from '../context/transaction-queue.ts';
import { type CustomExecutor, ExecutorBook, type MessageExecutor } from '../message-executor.ts';
import type { OrganizationRequest } from '../requests/organization-request.ts';
import { typedRequest } from '../requests/typed-request.ts';
import type { OrganizationMiddleware } from './organization-middleware.ts';

/** What can answer a request. */
type Handling = Pick<MessageExecutor, 'execute'>;

/** Where in a pipeline requests are answered: those that CRUD knows, those that there is an executor for, all others. */
export type Stage = 'crud' | 'messages' | 'end';

/** Everything that answers. Mocks come first, then executors of your own, then those that come along. */
export class RequestHandlers {
  readonly mocks: ExecutorBook = new ExecutorBook();
  readonly own: ExecutorBook;
  readonly #crud: ExecutorBook;
  readonly #messages: ExecutorBook;

  constructor(parts: {
    readonly own: Iterable<CustomExecutor>;
    readonly crud: Iterable<CustomExecutor>;
    readonly messages: Iterable<CustomExecutor>;
  }) {
    this.own = bookOf(parts.own);
    this.#crud = bookOf(parts.crud);
    this.#messages = bookOf(parts.messages);
  }

  /** The names of all requests that are answered, in order. */
  get names(): readonly string[] {
    const all = [this.mocks, this.own, this.#crud, this.#messages].flatMap(({ names }) => names);
    return [...new Set(all)].toSorted();
  }

  /** A middleware that answers what is to be answered where it stands, in turn with transactions, and hands on all else. */
  answering(stage: Stage, queue: TransactionQueue): OrganizationMiddleware {
    const handle: OrganizationMiddleware = (ctx, next) => {
      const { request, turn } = ctx;
      const handling = this.#find(stage, request);
      if (!handling) return next();
      return queue.enter(request.requestName, turn, () =>
        handling.execute(typedRequest(request), ctx),
      );
    };
    return Object.defineProperty(handle, 'name', { value: stage });
  }

  #find(stage: Stage, request: OrganizationRequest): Handling | undefined {
    const standard = stage === 'crud' ? this.#crud : stage === 'messages' ? this.#messages : none;
    const usual = standard.find(request);
    if (stage === 'crud' && !usual) return undefined;
    return this.mocks.find(request) ?? this.own.find(request) ?? usual;
  }
}

const none = new ExecutorBook();

function bookOf(executors: Iterable<CustomExecutor>): ExecutorBook {
  const book = new ExecutorBook();
  for (const executor of executors) book.add(executor);
  return book;
}

/** The executor that a function is for requests of a name, or of a class. */
export function executorOf(
  which: unknown,
  execute: MessageExecutor['execute'] | undefined,
): CustomExecutor {
  if (typeof execute !== 'function') throw unexpected('execute', 'a function', execute);
  if (typeof which === 'string' && which !== '') return { requestName: which, execute };
  if (typeof which === 'function') return { requestType: which as never, execute };
  throw unexpected('request', 'the name of a message, or a class of requests', which);
}
