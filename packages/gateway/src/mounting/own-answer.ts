/** What becomes of the answer that a mounted middleware gives, and of what it has put on the answer before there was one. */
import { adopt, type HttpResponse, isHttpError, statusOf } from '@interpose/http';
import type { GatewayRequest } from '../context.ts';
import { messageOf, MiddlewareFailedError } from '../errors.ts';
import { ExitSignal } from '../exit.ts';

/** Ends the phase with an answer in the place of the rest. */
export function answerInstead(ctx: GatewayRequest, made: HttpResponse): false {
  const { response } = ctx;
  const { status } = made;
  if (made !== response) adopt(response, made);
  // Said aloud, as nothing else tells an answer that is 200 by itself from none.
  response.status = status;
  return false;
}

/** Puts the failure of a middleware in the place of the answer that is there; how it is shown is decided when all have seen it. */
export function failInstead(ctx: GatewayRequest, error: unknown): void {
  // By `ctx.exit()` the answer has been replaced already.
  if (error instanceof ExitSignal) return;
  const { response } = ctx;
  const isAnswer = isHttpError(error);
  if (!isAnswer || error.status >= 500) {
    ctx.logger.error({
      message: `Middleware error in ${ctx.current}: ${messageOf(error)}`,
      phase: ctx.phase,
      requestId: ctx.requestId,
      ...(error instanceof Error && { stack: error.stack }),
    });
  }
  ctx.failure = isAnswer ? error : new MiddlewareFailedError(ctx.current, error);
  response.status = statusOf(error);
  response.body = null;
}

/** Sees to it that cookies and `Vary` that are on the answer now are on it when it is sent: an upstream's answer takes the place of others of their names. */
export function keepHeaders(ctx: GatewayRequest): void {
  const { headers } = ctx.response;
  if (headers.toRaw().length === 0) return;
  const cookies = headers.getAll('set-cookie');
  const vary = headers.get('vary');
  if (cookies.length === 0 && vary === undefined) return;
  ctx.finish(({ response }) => {
    const sent = response.headers.getAll('set-cookie');
    for (const cookie of cookies) {
      if (!sent.includes(cookie)) response.headers.append('Set-Cookie', cookie);
    }
    for (const item of vary?.split(',') ?? []) response.headers.appendItem('Vary', item.trim());
  });
}
