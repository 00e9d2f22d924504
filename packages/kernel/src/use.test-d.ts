/** A class with decorated methods of every kind, which use.test.ts compiles and runs; and what does not compile. */
import { before } from './hooks.ts';
import type { Policy, SyncMiddleware } from './middleware.ts';
import { use } from './use.ts';
import type { CallContext } from './wrap.ts';

type Ctx = CallContext;
type Next = (ctx?: object) => unknown;

/** What the decorators have seen. */
export const seen: string[] = [];

/** A synchronous middleware that writes down who is called. */
export const note = (ctx: Ctx, next: Next): unknown => {
  seen.push(ctx.funcName);
  return next();
};
/** The same, asynchronous. */
export const noteLater = async (ctx: Ctx, next: Next): Promise<unknown> => {
  seen.push(`${ctx.funcName} later`);
  return next();
};

const KEY = Symbol('key');

/** Methods of every kind. */
export class Account {
  static opened = 0;
  #balance = 10;

  @use(note)
  balance(plus: number): number {
    return this.#balance + plus;
  }

  @use(note, noteLater)
  async load(id: number, _deep?: boolean): Promise<string> {
    return `${id}: ${this.#balance}`;
  }

  @use(note)
  static open(by: number): number {
    this.opened += by;
    return this.opened;
  }

  @use(note)
  #hidden(by: number): number {
    return this.#balance * by;
  }

  @use(noteLater)
  static async #secret(): Promise<string> {
    return `${this.opened} opened`;
  }

  @use(note)
  [KEY](): string {
    return 'by symbol';
  }

  @use(noteLater)
  async *history(from: number): AsyncGenerator<number, string> {
    yield from;
    yield this.#balance;
    return 'end';
  }

  @use(note)
  *plain(): Generator<number> {
    yield this.#balance;
  }

  @use(note)
  @use(before(() => void seen.push('inner')))
  twice(): string {
    return 'twice';
  }

  first<T>(list: readonly T[]): T | undefined;
  first(list: string): string;
  @use(note)
  first(list: string | readonly unknown[]): unknown {
    return list[0];
  }

  hidden(by: number): number {
    return this.#hidden(by);
  }

  static secret(): Promise<string> {
    return this.#secret();
  }

  symbol(): string {
    return this[KEY]();
  }
}

/** The method is found through the prototype, also in a class that stands on another. */
export class Savings extends Account {
  @use(note)
  override balance(plus: number): number {
    return super.balance(plus) * 2;
  }
}

const policy: Policy = (ctx, next) => next(ctx);
const sync: SyncMiddleware<Ctx, number> = (ctx, next) => next(ctx);

/** Whatever is not certain to be asynchronous may stand round a synchronous method. */
export class Fine {
  @use(policy, sync)
  sync(): number {
    return 1;
  }
  @use((ctx, next) => next(ctx))
  inPlace(): number {
    return 1;
  }
  @use(noteLater)
  promise(): Promise<number> {
    return Promise.resolve(1);
  }
}

/** None of these compiles, and nobody calls it. */
export function neverCalled(): unknown {
  return class {
    // @ts-expect-error -- an asynchronous middleware would make a promise of a number
    @use(noteLater)
    sync(): number {
      return 1;
    }

    // @ts-expect-error -- nor can it make a promise of a plain generator
    @use(noteLater)
    *generator(): Generator<number> {
      yield 1;
    }

    // @ts-expect-error -- a getter is no method
    @use(note)
    get size(): number {
      return 1;
    }

    // @ts-expect-error -- a field is no method
    @use(note)
    field: () => number = () => 1;

    // @ts-expect-error -- not a middleware
    @use(5)
    method(): number {
      return 1;
    }
  };
}
