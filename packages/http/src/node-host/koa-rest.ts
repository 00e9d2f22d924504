/** KoaRest: what comes after our middleware in Koa. */
import type { OutgoingHttpHeaders } from 'node:http';
import type { HttpContext } from '../context/context.ts';
import { RestUsedError } from '../errors.ts';
import type { HostError } from '../hosts/http-stack.ts';
import type { FailureOptions } from '../answer/respond.ts';
import type { HttpResponse, ResponseBody } from '../context/response.ts';
import { bodyOfHost } from './body-stream.ts';
import { addHeaders, restoreHeaders, setHeaders, takeHeaders } from './host-headers.ts';
import { handOn } from './host-request.ts';
import { answerBy, type KoaContext, type Told } from './koa-answer.ts';
import type { NodeSource } from './node-source.ts';

/** What comes after our middleware in Koa. */
export class KoaRest {
  readonly #koa: KoaContext;
  readonly #source: NodeSource;
  readonly #next: () => Promise<unknown>;
  #isUsed = false;
  #body: ResponseBody = null;
  #status = 0;
  #before: OutgoingHttpHeaders | undefined;
  raised: HostError | undefined;
  hasAnswered = false;

  constructor(koa: KoaContext, source: NodeSource, next: () => Promise<unknown>) {
    this.#koa = koa;
    this.#source = source;
    this.#next = next;
  }

  /** Runs it, and makes what it has answered the answer. */
  async run(seen: HttpContext): Promise<HttpResponse> {
    if (this.#isUsed) throw new RestUsedError();
    this.#isUsed = true;
    const { response } = seen;
    await handOn(seen, this.#source);
    const koa = this.#koa;
    this.#before = { ...koa.res.getHeaders() };
    addHeaders(koa.res, koa.res, { headers: response.headers.toRaw(), length: undefined });
    if (response.hasStatus) koa.status = response.status;
    try {
      await this.#next();
    } catch (error) {
      this.raised = { error };
      throw error;
    }
    this.hasAnswered = true;
    this.#status = koa.status;
    this.#body = bodyOfHost(koa.body);
    response.status = koa.status;
    takeHeaders(koa.res.getHeaders(), response.headers);
    response.body = this.#body;
    return response;
  }

  /** Takes off the answer what was put there for the rest, and what the rest has put there. */
  undo(): void {
    if (this.#before && !this.#koa.headerSent) restoreHeaders(this.#koa.res, this.#before);
  }

  /** Makes of Koa's answer what middleware has made of it. A body that nobody has touched stays what it was. */
  apply(told: Told, failures: FailureOptions): void {
    const koa = this.#koa;
    const { response } = told.ctx;
    if (response.body !== this.#body) return answerBy(koa, { ...told, hasAll: true }, failures);
    if (response.status !== this.#status) koa.status = response.status;
    setHeaders(koa.res, response.headers.toRaw());
  }
}
