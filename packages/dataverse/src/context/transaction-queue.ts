/** TransactionQueue: at most one transaction of an organization goes on at a time, and whoever has no part in it waits. */
import { type Awaitable, CodedError } from '@interpose/kernel';

/** A request has to wait for a transaction that is open, and was made by the service that does not wait. */
export class OrganizationBusyError extends CodedError {
  static override readonly code: string = 'ORGANIZATION_BUSY';

  constructor(requestName: string) {
    super(
      `"${requestName}" has to wait for an open transaction; call it by getOrganizationServiceAsync(), and from within the transaction by ctx.execute().`,
    );
  }
}

/** A transaction that goes on, and the one that it is a part of. */
export interface OpenTransaction {
  readonly within: OpenTransaction | undefined;
}

/** Where a request stands among transactions. */
export interface Turn {
  /** The innermost one of which the request is a part. */
  readonly transaction: OpenTransaction | undefined;
  /** Whether its caller takes a promise. */
  readonly canWait: boolean;
}

/** Lets the requests of the innermost open transaction through; if there is none, all. */
export class TransactionQueue {
  #open: OpenTransaction | undefined;
  #waiting: (() => void)[] = [];

  /**
   * Does something when it is the request's turn: at once, if it is.
   *
   * @throws OrganizationBusyError if it is not, and its caller does not take a promise
   */
  enter<Result>(requestName: string, turn: Turn, act: () => Awaitable<Result>): Awaitable<Result> {
    if (this.#isTurnOf(turn)) return act();
    if (!turn.canWait) throw new OrganizationBusyError(requestName);
    return this.#enterLater(turn, act);
  }

  /** Opens a transaction within the one that is open. */
  open(): OpenTransaction {
    this.#open = { within: this.#open };
    return this.#open;
  }

  /** Ends a transaction; those that wait may try again. */
  close({ within }: OpenTransaction): void {
    this.#open = within;
    for (const tryAgain of this.#waiting.splice(0)) tryAgain();
  }

  #isTurnOf({ transaction }: Turn): boolean {
    return this.#open === undefined || this.#open === transaction;
  }

  async #enterLater<Result>(turn: Turn, act: () => Awaitable<Result>): Promise<Result> {
    while (!this.#isTurnOf(turn)) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
    return act();
  }
}
