/** Origins: where a pool's connections go. */
import { unexpected } from '../option.ts';

/** Where connections go. */
export interface Origin {
  readonly isSecure: boolean;
  /** The name or address without brackets. */
  readonly hostname: string;
  readonly port: number;
  /** What `Host` says: the name, and the port unless it is the usual one. */
  readonly host: string;
}

/**
 * The origin that a text names, such as `https://api.example:8443`.
 *
 * @throws TypeError if it is no http or https origin, or is more than that
 */
export function originOf(text: string): Origin {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isOrigin =
    url && /^https?:$/.test(url.protocol) && url.href === `${url.origin}/` && url.port !== '0';
  if (!isOrigin) throw unexpected('origin', 'an http or https origin without path or user', text);
  const isSecure = url.protocol === 'https:';
  return {
    isSecure,
    hostname: url.hostname.replace(/^\[|\]$/g, ''),
    port: Number(url.port) || (isSecure ? 443 : 80),
    host: url.host,
  };
}
