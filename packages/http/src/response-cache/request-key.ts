/** The key under which the answer to a request is stored: where it went, in normal form, and nothing that a client could set besides. */
import type { HttpContext } from '../context/context.ts';

/** Scheme, host, path and query. */
export function requestKey({ secure, headers, path, search }: HttpContext): string {
  const host = (headers.get('host') ?? '').toLowerCase();
  const port = secure ? ':443' : ':80';
  const plain = host.endsWith(port) ? host.slice(0, -port.length) : host;
  return `${secure ? 'https' : 'http'}://${plain}${path}${search}`;
}
