/** The headers that a request travels on with. */
import { HeaderList } from '@interpose/http';
import type { GatewayRequest } from '../context.ts';
import { dropClaims, dropHopHeaders } from './hop-headers.ts';

/** Names and values in turn, for the request to an upstream whose name and port are `host`. */
export function forwardHeaders(ctx: GatewayRequest, host: string): string[] {
  const { exchange } = ctx;
  const headers = HeaderList.fromRaw(ctx.headers.toRaw());
  const asked = headers.get('host') ?? '';
  const isChunked = headers.has('transfer-encoding');
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
  frame(headers, ctx, isChunked);
  return headers.toRaw();
}

/** Says anew how long the body is, so that no method makes the client library guess. */
function frame(
  headers: HeaderList,
  { requestBody, method }: GatewayRequest,
  isChunked: boolean,
): void {
  if (requestBody && isChunked) {
    headers.delete('content-length');
    headers.set('Transfer-Encoding', 'chunked');
  } else if (!requestBody) {
    if (headers.delete('content-length') || /^(?:POST|PUT|PATCH)$/.test(method)) {
      headers.set('Content-Length', 0);
    }
  }
}
