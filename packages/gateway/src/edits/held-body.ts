/** A body of a request that is there already, to be read like one that comes in. */
import { IncomingBody } from '@interpose/wire';

const NO_SOURCE = { begin() {}, pause() {}, resume() {}, cancel() {} };

/** The body that has these bytes. */
export function heldBody(bytes: Uint8Array): IncomingBody {
  const body = new IncomingBody(bytes.length, NO_SOURCE);
  if (bytes.length) body.push(bytes, true);
  body.finish([]);
  return body;
}
