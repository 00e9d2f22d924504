/** Makes any context that a middleware hands on to the content phase one that the phase can use. */
import type { HttpContext } from '@interpose/http';
import { GatewayRequest } from '../context.ts';

const METHODS: object = Object.fromEntries(
  Object.entries(Object.getOwnPropertyDescriptors(GatewayRequest.prototype))
    .filter(([name, { value }]) => name !== 'constructor' && typeof value === 'function')
    .map(([name, { value }]) => [name, value as unknown]),
);

/**
 * The context itself, or, where a middleware has made one of its own from that of the request, that one with what the gateway expects of it.
 * A copy has all that belongs to the request, but not the methods of its class.
 */
export function standIn(seen: HttpContext): GatewayRequest {
  if (seen instanceof GatewayRequest) return seen;
  return Object.assign(seen, METHODS, { failure: undefined, exited: false }) as GatewayRequest;
}
