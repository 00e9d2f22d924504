/** What middleware has made of a request, handed on to the host. */
import type { IncomingMessage } from 'node:http';
import type { HttpContext } from '../context/context.ts';
import type { HeaderList } from '../context/headers.ts';
import { setContext } from '../hosts/host-context.ts';
import { bodyOf } from '../context/read-body.ts';
import type { NodeSource } from './node-source.ts';

/** Lets the host see the request as middleware has left it. A promise if its body has to be waited for. */
export function handOn(seen: HttpContext, source: NodeSource): void | Promise<void> {
  const { req } = source;
  setContext(req, seen);
  if (seen.headers.toRaw() !== source.rawHeaders) setHeaders(req, seen.headers);
  if (seen.method !== source.method) req.method = seen.method;
  return handBodyOn(seen, source);
}

function handBodyOn(seen: HttpContext, source: NodeSource): void | Promise<void> {
  const touched = source.touchedBody(() => seen.requestBody);
  if (touched === undefined) return;
  const { tap } = source;
  if (!tap) return;
  const body = touched ?? bodyOf(new Uint8Array());
  if (!body.isRead) return tap.handBack(body);
  return seen.body.bytes({ maxBytes: Number.MAX_SAFE_INTEGER }).then(
    (bytes) => tap.handBack(bodyOf(bytes)),
    (error: Error) => tap.nothingLeft(error),
  );
}

function setHeaders(req: IncomingMessage, list: HeaderList): void {
  const headers: Record<string, string | string[]> = {};
  for (const [name] of list) {
    headers[name] = name === 'set-cookie' ? list.getAll(name) : (list.get(name) as string);
  }
  for (const [name, value] of Object.entries({ headers, rawHeaders: [...list.toRaw()] })) {
    Object.defineProperty(req, name, { value, writable: true, configurable: true });
  }
}
