/** Observers: tells all who look on, none of whom can disturb a request. */
import { isThenable } from '@interpose/kernel';
import type { GatewayContext } from './context.ts';
import { messageOf } from './errors.ts';
import type { GatewayConfig } from './gateway-config.ts';
import type { Logger } from './logger.ts';
import type { GatewayObserver } from './observer.ts';

type With<Name extends keyof GatewayObserver> = GatewayObserver &
  Required<Pick<GatewayObserver, Name>>;

/** Those who look on. Their lists are replaced and never changed, so that someone can leave while the others are told. */
export class Observers {
  readonly #logger: Logger;
  #all: readonly GatewayObserver[] = [];
  #ofStarts: readonly With<'requestStarted'>[] = [];
  #ofEnds: readonly With<'requestEnded'>[] = [];

  constructor(list: readonly GatewayObserver[], logger: Logger) {
    this.#logger = logger;
    this.#set(list);
  }

  /** Tells one more, from now on. Gives what ends it. */
  add(observer: GatewayObserver): () => void {
    this.#set([...this.#all, observer]);
    return () => this.#set(this.#all.filter((one) => one !== observer));
  }

  started(ctx: GatewayContext): void {
    for (const observer of this.#ofStarts) {
      try {
        this.#mind(observer.requestStarted(ctx));
      } catch (error) {
        this.#failed(error);
      }
    }
  }

  ended(ctx: GatewayContext): void {
    for (const observer of this.#ofEnds) {
      try {
        this.#mind(observer.requestEnded(ctx));
      } catch (error) {
        this.#failed(error);
      }
    }
  }

  reloaded(config: GatewayConfig): void {
    for (const observer of this.#all) {
      try {
        this.#mind(observer.reloaded?.(config));
      } catch (error) {
        this.#failed(error);
      }
    }
  }

  #set(all: readonly GatewayObserver[]): void {
    this.#all = all;
    this.#ofStarts = all.filter((one) => one.requestStarted) as With<'requestStarted'>[];
    this.#ofEnds = all.filter((one) => one.requestEnded) as With<'requestEnded'>[];
  }

  /** One that is async fails later. */
  #mind(said: unknown): void {
    if (isThenable(said)) said.then(undefined, (error: unknown) => this.#failed(error));
  }

  #failed(error: unknown): void {
    this.#logger.error({ message: `An observer failed: ${messageOf(error)}` });
  }
}
