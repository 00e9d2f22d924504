/** Passes on what an upstream says before its answer: 103 Early Hints, and nothing else. */
import { HeaderList } from '@interpose/http';
import { dropHopHeaders } from '@interpose/http/proxy';
import type { Exchange } from '@interpose/wire';

const EARLY_HINTS = 103;

/** Passes an interim answer on if it is one for clients; a 100 concerns the upload alone, which is asked for by the gateway itself. */
export function passInterim(
  exchange: Exchange,
  status: number,
  rawHeaders: readonly string[],
): void {
  if (status !== EARLY_HINTS || exchange.headSent || exchange.clientLeft) return;
  const headers = HeaderList.fromRaw(rawHeaders);
  dropHopHeaders(headers);
  exchange.sendInformation(status, headers.toRaw());
}
