/** Answers of ours as answers of Koa. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { RequestContext } from '../context/context.ts';
import { type FailureOptions, replace, tell } from '../answer/respond.ts';
import { cancelBody } from '../context/response.ts';
import { isBodiless } from '../answer/send.ts';
import { BodyStream, bufferOf, isPiecewise } from './body-stream.ts';
import { addHeaders, setHeaders } from './host-headers.ts';
import type { HostFacts, NodeSource } from './node-source.ts';

/** What is needed of a context of Koa. */
export interface KoaContext {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  readonly request: object;
  readonly url: string;
  readonly originalUrl: string;
  /** The client's address as Koa finds it, after its option `proxy`. */
  readonly ip: string;
  readonly secure: boolean;
  readonly headerSent: boolean;
  status: number;
  body: unknown;
  respond?: boolean | undefined;
}

/** A request in both forms. */
export interface Told {
  readonly ctx: RequestContext;
  readonly source: NodeSource;
  /** Whether the answer has the headers that are on Koa's already. @default false */
  readonly hasAll?: boolean;
}

/** Gives Koa the answer. */
export function answerBy(koa: KoaContext, told: Told, failures: FailureOptions): void {
  const { ctx } = told;
  const { response } = ctx;
  // Nobody is there to be answered; Koa has nothing to say to nobody, either.
  if (ctx.clientLeft) {
    koa.respond = false;
    return cancelBody(response.takeBody());
  }
  try {
    put(koa, told, failures);
  } catch (error) {
    replace(ctx, error, failures);
    put(koa, told, failures);
  }
}

/** Body first, as Koa puts headers of its own with it, then the others. */
function put(koa: KoaContext, { ctx, source, hasAll }: Told, failures: FailureOptions): void {
  const { response } = ctx;
  const { status, headers } = response;
  const body = response.takeBody();
  const isEmpty = body === null || (isPiecewise(body) && isBodiless(ctx.method, status));
  if (isEmpty) {
    cancelBody(body);
    koa.body = null;
  } else if (isPiecewise(body)) {
    koa.body = new BodyStream(body, source, (error) => tell(error, ctx, failures));
  } else {
    koa.body = bufferOf(body);
  }
  koa.status = status;
  const { res } = koa;
  const length = isPiecewise(body) || body === null ? undefined : bufferOf(body).length;
  res.removeHeader('Content-Type');
  if (hasAll) setHeaders(res, headers.toRaw(), length);
  else addHeaders(res, res, { headers: headers.toRaw(), length });
}

/** What Koa knows of a request. */
export class KoaFacts implements HostFacts {
  readonly target: string;
  readonly #koa: KoaContext;

  constructor(koa: KoaContext, target: string) {
    this.#koa = koa;
    this.target = target;
  }

  get address(): string {
    return this.#koa.ip;
  }

  get secure(): boolean {
    return this.#koa.secure;
  }

  /** What a parser has put on the request, best as it came. */
  get parsed(): unknown {
    const { rawBody, body } = this.#koa.request as { rawBody?: unknown; body?: unknown };
    return rawBody ?? body;
  }
}
