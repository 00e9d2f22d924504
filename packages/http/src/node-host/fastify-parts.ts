/** The parts of Fastify that its adapter needs. */
import type { IncomingMessage, ServerResponse } from 'node:http';

/** What is needed of a request of Fastify. */
export interface FastifyRequest {
  readonly raw: IncomingMessage;
  readonly originalUrl: string;
  /** The client's address as Fastify finds it, after its option `trustProxy`. */
  readonly ip: string;
  readonly protocol: string;
  readonly body: unknown;
}

/** What is needed of a reply of Fastify. */
export interface FastifyReply {
  readonly raw: ServerResponse;
  readonly statusCode: number;
  code(status: number): unknown;
  header(name: string, value: string | readonly string[]): unknown;
  getHeaders(): Readonly<Record<string, number | string | readonly string[] | undefined>>;
  removeHeader(name: string): unknown;
  send(payload?: unknown): unknown;
  hijack(): unknown;
  callNotFound(): unknown;
}

/** What is needed of Fastify. */
export interface FastifyInstance {
  readonly prefix: string;
  all(path: string, handler: (request: FastifyRequest, reply: FastifyReply) => void): unknown;
  addHook(name: string, hook: (...parameters: never[]) => void): unknown;
  removeAllContentTypeParsers(): unknown;
  addContentTypeParser(type: string, parser: (...parameters: never[]) => void): unknown;
}

/** A plugin of Fastify. */
export type FastifyPlugin = (
  instance: FastifyInstance,
  options: object,
  done: (error?: Error) => void,
) => void;
