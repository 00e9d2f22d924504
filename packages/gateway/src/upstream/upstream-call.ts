/** UpstreamCall: one request on its way through an upstream, over as many attempts as it may take. */
import { type UpstreamAnswer, upstreamFailure } from '@interpose/http/proxy';
import {
  BodyUsedError,
  type RequestBody,
  RequestBodyError,
  RequestFailedError,
} from '@interpose/wire';
import type { GatewayRequest } from '../context.ts';
import { takeUpstreamAnswer, upgradeOf } from '../streams/upgrade.ts';
import type { Asked, UpstreamUse } from './asked.ts';
import { Attempt, type AttemptOwner } from './attempt.ts';
import { meaningOf, onGivenUp } from './call-end.ts';
import type { CallParts } from './call-parts.ts';
import { isTargetsFault, mayPass } from './retry-rules.ts';
import type { Target } from './target.ts';
import { UpstreamDeadlineError } from './upstream-errors.ts';

/** One request. */
export class UpstreamCall implements AttemptOwner, UpstreamUse {
  attempts = 0;
  /** The status of the answer; 0 until there is one. */
  status = 0;
  readonly #parts: CallParts;
  readonly #ctx: GatewayRequest;
  readonly #asked: Asked;
  #upgrade: string | undefined;
  #attempt: Attempt | undefined;
  /** What is sent: the body as it comes, or all of it. */
  #body: RequestBody;
  #isRepeatable = false;
  #tried: Set<Target> | undefined;
  /** True while an attempt waits for the head of an answer. */
  #isOut = false;
  #startedAtMs = 0;
  #deadlineMs = Infinity;
  /** Why no more is to be tried, whatever comes. */
  #end: Error | undefined;
  #cancelTimer: (() => void) | undefined;
  #cancelRetry: (() => void) | undefined;
  #resolve: () => void = nothing;
  #reject: (error: unknown) => void = nothing;

  constructor(parts: CallParts, ctx: GatewayRequest, asked: Asked) {
    this.#parts = parts;
    this.#ctx = ctx;
    this.#asked = asked;
    this.#body = ctx.requestBody;
  }

  get name(): string {
    return this.#parts.name;
  }

  get target(): string | undefined {
    return this.#attempt?.target.name;
  }

  /** Sends the request. Resolves when the head of an answer is there. */
  run(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
      this.#begin();
    });
  }

  answered(attempt: Attempt, answer: UpstreamAnswer): void {
    const { targets, sticky } = this.#parts;
    const { target } = attempt;
    const { status } = answer.answer;
    targets.answered(target, status, this.#startedAtMs);
    if (status >= 400 && !answer.switched && this.#repeatsAnswer(target, answer)) return;
    this.#isOut = false;
    takeUpstreamAnswer(this.#ctx, answer, this.#parts);
    sticky?.tell(this.#ctx, target);
    this.status = status;
    this.#resolve();
  }

  informed(status: number, rawHeaders: readonly string[]): void {
    // A client that has heard something of one answer cannot be given another.
    this.#isRepeatable = false;
    this.#ctx.informed(status, rawHeaders);
  }

  failed({ target }: Attempt, error: Error): void {
    this.#isOut = false;
    const { retry, targets } = this.#parts;
    if (this.#end) return this.#fail(meaningOf(this.#end));
    // What the client sent is at fault, not the upstream.
    if (RequestBodyError.is(error)) return this.#fail(error.cause);
    if (!RequestFailedError.is(error)) return this.#fail(error);
    if (isTargetsFault(error)) targets.failed(target);
    const waitMs = retry?.waitAfter(error, this.#isRepeatable);
    if (waitMs === undefined || !this.#sendAgain(target, waitMs, mayPass(error))) {
      this.#fail(upstreamFailure(error));
    }
  }

  over(attempt: Attempt): void {
    if (this.status > 0 && attempt.hasBrokenOff && !this.#end && !this.#ctx.clientLeft) {
      this.#parts.targets.failed(attempt.target);
    }
    if (attempt === this.#attempt && !this.#cancelRetry) this.#cancelTimer?.();
  }

  #begin(): void {
    const { retry, timeoutMs, clock, targets } = this.#parts;
    const ctx = this.#ctx;
    const body = ctx.requestBody;
    if (body?.isRead) throw new BodyUsedError();
    this.#upgrade = upgradeOf(ctx);
    onGivenUp(ctx, (reason) => this.#giveUp(reason));
    if (this.#end) return;
    if (timeoutMs !== undefined) {
      this.#deadlineMs = clock.now() + timeoutMs;
      const late = (): void => this.#giveUp(new UpstreamDeadlineError(timeoutMs));
      this.#cancelTimer = clock.setTimer(late, timeoutMs);
    }
    if (retry) {
      retry.budget.deposit();
      this.#isRepeatable = retry.isRepeatable(ctx);
      if (body && this.#isRepeatable && retry.keeps(body)) return void this.#keepBody(body);
      // What comes only once can be sent only once, unless nothing of it was.
      if (body) this.#isRepeatable = false;
    }
    this.#send(targets.pick(ctx));
  }

  async #keepBody(body: NonNullable<GatewayRequest['requestBody']>): Promise<void> {
    try {
      this.#body = await body.bytes();
      if (!this.#end) this.#send(this.#parts.targets.pick(this.#ctx));
    } catch (error) {
      this.#fail(error);
    }
  }

  #send(target: Target): void {
    const { targets, headers, clock } = this.#parts;
    const { path, search, host: toldHost, prefix } = this.#asked;
    const { url, basePath } = target.endpoint;
    const { method } = this.#ctx;
    const own = headers.headersOf(this.#ctx, { host: url.host, toldHost, prefix });
    const request = { method, target: basePath + path + search, headers: own, body: this.#body };
    const attempt = new Attempt(target, this);
    this.#attempt = attempt;
    this.attempts++;
    this.#isOut = true;
    if (targets.isTimed) this.#startedAtMs = clock.now();
    const upgrade = this.#upgrade;
    attempt.send(upgrade === undefined ? request : { ...request, upgrade });
  }

  /** Asks once more after an answer that says it may be worth it. */
  #repeatsAnswer(target: Target, { answer }: UpstreamAnswer): boolean {
    const waitMs = this.#isRepeatable ? this.#parts.retry?.waitAfterAnswer(answer) : undefined;
    if (waitMs === undefined || !this.#sendAgain(target, waitMs, true)) return false;
    this.#isOut = false;
    answer.body?.cancel();
    return true;
  }

  /** Sends the request once more after a while, to another target if there is one. False if that may not be. */
  #sendAgain(from: Target, waitMs: number, toSame: boolean): boolean {
    const { retry, targets, clock } = this.#parts;
    if (!retry || this.#asked.once || this.attempts > retry.retries) return false;
    if (this.#end || this.#ctx.clientLeft) return false;
    if (clock.now() + waitMs >= this.#deadlineMs) return false;
    const tried = (this.#tried ??= new Set()).add(from);
    const target =
      targets.other(this.#ctx, tried) ?? (toSame && from.isAvailable ? from : undefined);
    if (!target || retry.budget.withdraw() === 0) return false;
    const go = (): void => {
      this.#cancelRetry = undefined;
      if (this.#end) return;
      try {
        this.#send(target);
      } catch (error) {
        this.#fail(error);
      }
    };
    if (waitMs > 0) this.#cancelRetry = clock.setTimer(go, waitMs);
    else {
      this.#cancelRetry = nothing;
      queueMicrotask(go);
    }
    return true;
  }

  /** Nobody waits for the answer any more, or nobody may. */
  #giveUp(reason: Error): void {
    if (this.#end) return;
    this.#end = reason;
    if (this.#isOut || this.status > 0) this.#attempt?.abort(reason);
    if (!this.#isOut && this.status === 0) this.#fail(meaningOf(reason));
  }

  #fail(error: unknown): void {
    this.#isOut = false;
    this.#cancelTimer?.();
    this.#cancelRetry?.();
    this.#reject(error);
  }
}

const nothing = (): void => {};
