/** The headers that a request travels on with. */
import { HeaderList } from '@interpose/http';
import { dropClaims, dropHopHeaders } from '@interpose/http/proxy';
import type { GatewayRequest } from '../context.ts';

/** Names and values in turn, for the request to an upstream whose name and port are `host`. */
export function forwardHeaders(ctx: GatewayRequest, host: string): readonly string[] {
  const { exchange } = ctx;
  const headers = HeaderList.fromRaw(ctx.headers.toRaw());
  const asked = headers.get('host') ?? '';
  dropHopHeaders(headers);
  dropClaims(headers);
  headers.delete('expect');
  headers.set('Host', host);
  headers.set('X-Forwarded-For', ctx.clientAddress);
  headers.set('X-Forwarded-Proto', exchange.secure ? 'https' : 'http');
  if (asked) headers.set('X-Forwarded-Host', asked);
  headers.set('X-Forwarded-Port', exchange.local.port);
  headers.set('X-Request-ID', ctx.requestId);
  if (ctx.consumer) headers.set('X-Consumer-Name', ctx.consumer.name);
  return headers.toRaw();
}
