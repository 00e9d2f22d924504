/** The body of an upstream's answer, chunk by chunk as it is asked for. */
import { idleTimer } from '@interpose/http';
import type { ClientRequest, IncomingMessage } from 'node:http';
import { UpstreamFailedError, UpstreamTimeoutError } from '../errors.ts';
import type { Timeouts } from './timeouts.ts';

/** A body that ends the request when nobody wants more of it, and fails when it is not whole. */
export function answerBody(
  request: ClientRequest,
  answer: IncomingMessage,
  { clock, idleTimeoutMs }: Timeouts,
): AsyncIterable<Uint8Array> {
  let late: UpstreamTimeoutError | undefined;
  const idle = idleTimer(clock, idleTimeoutMs, () => {
    late = new UpstreamTimeoutError('go on', idleTimeoutMs);
    answer.destroy(late);
  });
  const chunks = answer[Symbol.asyncIterator]() as AsyncIterator<Uint8Array, undefined>;
  // The answer may be over before the request is: what is left of it has nobody to go to.
  const finish = (): void => {
    idle.stop();
    if (!request.writableFinished || !answer.complete) request.destroy();
  };
  return {
    [Symbol.asyncIterator]: () => ({
      async next() {
        idle.wait();
        try {
          const result = await chunks.next();
          if (result.done) finish();
          else idle.rest();
          return result;
        } catch (error) {
          finish();
          throw late ?? new UpstreamFailedError(error, 'UPSTREAM_BROKE_OFF');
        }
      },
      async return() {
        idle.stop();
        answer.destroy();
        request.destroy();
        return { done: true, value: undefined };
      },
    }),
  };
}
