/** Says to an upstream for whom a request is sent on, in the words that upstreams know. */
import type { HttpContext } from '../context/context.ts';
import type { HeaderList } from '../context/headers.ts';

/** The words: those that most know, those of RFC 7239, both, or none. */
export type ForwardedForm = 'x-forwarded' | 'forwarded' | 'both' | 'none';

/** What is known of the client and of what it asked for. */
export type ForwardedFor = Pick<HttpContext, 'clientAddress' | 'secure'>;

const UNKNOWN = 'unknown';
const TOKEN = /^[!#$%&'*+.^`|~\w-]+$/;

/** Adds them to headers from which all that a client says of itself has been taken. */
export function tellForwarded(
  headers: HeaderList,
  { clientAddress, secure }: ForwardedFor,
  {
    form,
    host,
    prefix,
  }: { readonly form: ForwardedForm; readonly host: string; readonly prefix: string },
): void {
  const address = clientAddress || UNKNOWN;
  const proto = secure ? 'https' : 'http';
  if (form === 'x-forwarded' || form === 'both') {
    headers.set('X-Forwarded-For', address);
    headers.set('X-Forwarded-Proto', proto);
    if (host) headers.set('X-Forwarded-Host', host);
    if (prefix) headers.set('X-Forwarded-Prefix', prefix);
  }
  if (form === 'forwarded' || form === 'both') {
    const node = address.includes(':') ? `"[${address}]"` : address;
    const own = host
      ? `;host=${TOKEN.test(host) ? host : `"${host.replace(/["\\]/g, '\\$&')}"`}`
      : '';
    headers.set('Forwarded', `for=${node};proto=${proto}${own}`);
  }
}
