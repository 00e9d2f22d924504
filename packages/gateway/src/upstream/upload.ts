/** Sends the body of a request to the upstream, never faster than it takes it. */
import { idleTimer } from '@interpose/http';
import type { ClientRequest } from 'node:http';
import { UpstreamTimeoutError } from '../errors.ts';
import type { Timeouts } from './timeouts.ts';

/** Resolves when the body is sent or the request has ended some other way; a failure of the body destroys the request. */
export async function upload(
  body: AsyncIterable<Uint8Array>,
  request: ClientRequest,
  { clock, idleTimeoutMs }: Timeouts,
): Promise<void> {
  const idle = idleTimer(clock, idleTimeoutMs, () =>
    request.destroy(new UpstreamTimeoutError('go on', idleTimeoutMs)),
  );
  try {
    for await (const chunk of body) {
      if (request.destroyed) return;
      if (request.write(chunk)) continue;
      idle.wait();
      await drained(request);
      idle.rest();
    }
    request.end();
  } catch (error) {
    request.destroy(error as Error);
  } finally {
    idle.stop();
  }
}

/** Resolves when there is room again, or when there never will be. */
function drained(request: ClientRequest): Promise<void> {
  return new Promise((resolve) => {
    const go = (): void => {
      request.off('drain', go);
      request.off('close', go);
      resolve();
    };
    request.on('drain', go);
    request.on('close', go);
    if (request.destroyed) go();
  });
}
