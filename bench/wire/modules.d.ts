/** Peers that have no types of their own. */

declare module 'express' {
  import type { IncomingMessage, Server, ServerResponse } from 'node:http';

  type Handler = (req: IncomingMessage & { body: Buffer }, res: Response, next: () => void) => void;

  interface Response extends ServerResponse {
    json(value: unknown): void;
  }

  interface Express {
    disable(setting: string): void;
    get(path: string, ...handlers: Handler[]): void;
    post(path: string, ...handlers: Handler[]): void;
    listen(port: number, host: string, listening: () => void): Server;
  }

  interface Factory {
    (): Express;
    raw(options: { limit: string }): Handler;
  }

  const express: Factory;
  export default express;
}

declare module 'koa' {
  import type { IncomingMessage, Server } from 'node:http';

  interface Context {
    readonly method: string;
    readonly path: string;
    readonly req: IncomingMessage;
    body: unknown;
  }

  export default class Koa {
    use(middleware: (ctx: Context, next: () => Promise<void>) => Promise<void>): this;
    listen(port: number, host: string, listening: () => void): Server;
  }
}
