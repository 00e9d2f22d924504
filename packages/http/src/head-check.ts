/** Refuses heads that Node's parser lets through although two readers could understand them differently. */
import type { HeadFault } from './engine.ts';

/** Name or address, with an optional port. */
const HOST = /^(?:[\w\-.~%!$&'()*+,;=]+|\[[0-9A-Fa-f:.]+\])(?::\d{0,5})?$/;
const MOST_HEADERS = 100;
const LONGEST_TARGET = 8192;

/** What the check looks at. */
export interface RequestHead {
  readonly method: string;
  readonly target: string;
  readonly version: string;
  readonly rawHeaders: readonly string[];
}

/** What is wrong with a head, or `undefined`. */
export function headFault({
  method,
  target,
  version,
  rawHeaders,
}: RequestHead): HeadFault | undefined {
  if (version !== '1.1' && version !== '1.0') {
    return { status: 505, detail: 'Only HTTP/1.0 and HTTP/1.1 are spoken here' };
  }
  if (target.length > LONGEST_TARGET)
    return { status: 414, detail: 'The request target is too long' };
  if (rawHeaders.length > MOST_HEADERS * 2)
    return { status: 431, detail: 'There are too many headers' };
  if (method === 'CONNECT' || method === 'TRACE') {
    return { status: 501, detail: `The method ${method} is not served here` };
  }
  return hostFault(target, version, rawHeaders);
}

function hostFault(
  target: string,
  version: string,
  rawHeaders: readonly string[],
): HeadFault | undefined {
  let host: string | undefined;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at] as string;
    if (name.length !== 4 || name.toLowerCase() !== 'host') continue;
    if (host !== undefined) return { status: 400, detail: 'There is more than one Host header' };
    host = rawHeaders[at + 1] as string;
  }
  if (host === undefined) {
    return version === '1.1' ? { status: 400, detail: 'The Host header is missing' } : undefined;
  }
  if (!HOST.test(host)) return { status: 400, detail: 'The Host header is not valid' };
  const authority = /^https?:\/\/([^/?#]*)/i.exec(target)?.[1];
  if (authority !== undefined && authority.toLowerCase() !== host.toLowerCase()) {
    return { status: 400, detail: 'The Host header differs from the host of the request target' };
  }
  return undefined;
}
