/** Modules that have no types of their own: the copies that the bundler makes, and some peers. */

declare module '*.ts?copies' {
  export const copies: readonly import('./kernel/chain.ts').Parts[];
  export const join: import('./kernel/chain.ts').Join;
}

declare module '*.ts?copies=again' {
  export const copies: readonly import('./kernel/chain.ts').Parts[];
  export const join: import('./kernel/chain.ts').Join;
}

declare module '*/loops.ts?copy=limit' {
  export const loopAwaiting: typeof import('./loops.ts').loopAwaiting;
  export const loopDirect: typeof import('./loops.ts').loopDirect;
}

declare module '*/loops.ts?copy=subject' {
  export const loopAwaiting: typeof import('./loops.ts').loopAwaiting;
  export const loopDirect: typeof import('./loops.ts').loopDirect;
}

declare module 'koa-compose' {
  type Composed = (ctx: unknown, next: (ctx: unknown) => unknown) => Promise<unknown>;
  export default function compose(middleware: readonly unknown[]): Composed;
}

declare module 'hono/compose' {
  export function compose(
    middleware: readonly (readonly [readonly [unknown]])[],
  ): (ctx: unknown) => Promise<unknown>;
}

declare module '*/hand.ts?copy=again' {
  export const handle: unknown;
  export const bare: unknown;
}

declare module 'opossum' {
  export default class CircuitBreaker {
    constructor(action: (n: number) => Promise<unknown>, options: object);
    fire(n: number): Promise<unknown>;
  }
}
