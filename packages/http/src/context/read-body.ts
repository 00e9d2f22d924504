/** Bodies of requests that somebody has read before. */
import { IncomingBody } from '@interpose/wire';
import { BodyTakenError } from '../errors.ts';

const NO_SOURCE = { begin() {}, pause() {}, resume() {}, cancel() {} };

/** A body that is there already. */
export function bodyOf(bytes: Uint8Array): IncomingBody {
  const body = new IncomingBody(bytes.length, NO_SOURCE);
  if (bytes.length) body.push(bytes, true);
  body.finish([]);
  return body;
}

/** A body that is asked for again when it is read; who reads it is told if nobody has it. */
export function bodyLater(read: (() => Promise<ArrayBuffer>) | undefined): IncomingBody {
  const fail = (): void => body.fail(new BodyTakenError());
  const body: IncomingBody = new IncomingBody(undefined, {
    ...NO_SOURCE,
    begin() {
      if (!read) return fail();
      read().then((buffer) => {
        if (buffer.byteLength) body.push(new Uint8Array(buffer), true);
        body.finish([]);
      }, fail);
    },
  });
  return body;
}
