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

declare module 'hono/compose' {
  export function compose(
    middleware: readonly (readonly [readonly [unknown]])[],
  ): (ctx: unknown) => Promise<unknown>;
}

declare module '*/handlers.ts?copy=again' {
  export const hello: typeof import('./http/handlers.ts').hello;
  export const stack: typeof import('./http/handlers.ts').stack;
  export const routes: typeof import('./http/handlers.ts').routes;
  export const byHand: typeof import('./http/handlers.ts').byHand;
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

declare module 'cors' {
  import type { RequestHandler } from 'express';

  interface Options {
    readonly origin: string[];
    readonly credentials: boolean;
    readonly methods: string[];
    readonly allowedHeaders: string[];
    readonly exposedHeaders: string[];
    readonly maxAge: number;
  }

  export default function cors(options: Options): RequestHandler;
}

declare module '@koa/cors' {
  import type { Context, Middleware } from 'koa';

  interface Options {
    readonly origin: (ctx: Context) => string;
    readonly credentials: boolean;
    readonly allowMethods: string[];
    readonly allowHeaders: string[];
    readonly exposeHeaders: string[];
    readonly maxAge: number;
  }

  export default function cors(options: Options): Middleware;
}

declare module 'graphql-depth-limit' {
  import type { ValidationRule } from 'graphql';

  export default function depthLimit(
    maxDepth: number,
    options: object,
    callback: (depths: Readonly<Record<string, number>>) => void,
  ): ValidationRule;
}
