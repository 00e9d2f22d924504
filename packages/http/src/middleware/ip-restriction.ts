/** ipRestriction: lets some addresses in, or keeps some out. */
import { checkNames, outOfRange } from '@interpose/kernel/options';
import { AddressSet } from '../client/cidr.ts';
import { HttpError } from '../errors.ts';
import { parseIpAddress } from '../client/ip-address.ts';
import type { HttpMiddleware } from '../app.ts';

/** Options of `ipRestriction`. */
export interface IpRestrictionOptions {
  /** Addresses, ranges, `loopback`, `private` and `unix` (whoever has no address) that may come in; all others may not. @default everyone */
  readonly allow?: readonly string[];
  /** Those that may not, also where `allow` has them. @default nobody */
  readonly deny?: readonly string[];
}

/**
 * Refuses clients by their address with a 403, before anything else of theirs is looked at. An address that nobody knows is refused.
 *
 * @throws TypeError or RangeError for options that are none
 * @example
 * const app = createApp().useAt('/admin', ipRestriction({ allow: ['private', '203.0.113.7'] }));
 */
export function ipRestriction(options: IpRestrictionOptions): HttpMiddleware {
  checkNames('ipRestriction', options, ['allow', 'deny']);
  const { allow, deny } = options;
  if (!allow && !deny) throw outOfRange('allow', 'there, unless `deny` is', allow);
  const allowed = allow && new AddressSet('allow', allow);
  const denied = deny && new AddressSet('deny', deny);
  const isLetIn = (text: string): boolean => {
    const address = text === '' ? text : parseIpAddress(text);
    if (address === undefined || denied?.has(address)) return false;
    return allowed ? allowed.has(address) : address !== '';
  };
  return function ipRestriction(ctx, next) {
    if (!isLetIn(ctx.clientAddress)) {
      throw new HttpError(403, 'Requests from this address are refused', {
        code: 'ADDRESS_REFUSED',
      });
    }
    return next();
  };
}
