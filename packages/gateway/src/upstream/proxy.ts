/** Sends a request to its upstream and takes the answer, whose body then passes from one connection to the other. */
import { HeaderList } from '@interpose/http';
import type { Clock } from '@interpose/kernel';
import { unexpected } from '@interpose/kernel/options';
import {
  BodyUsedError,
  type ClientAnswer,
  ClientLeftError,
  ConnectionLostError,
  createPool,
  type Pool,
  RequestBodyError,
} from '@interpose/wire';
import type { GatewayRequest } from '../context.ts';
import type { UpstreamConfig } from '../gateway-config.ts';
import { forwardHeaders } from './forward-headers.ts';
import { dropHopHeaders } from './hop-headers.ts';
import { upstreamFailure } from './upstream-failure.ts';

/** Sends requests to one upstream. */
export interface Proxy {
  /**
   * Sends the request on, with `path` in the place of its own. Resolves when the head of the answer is there; the
   * body is in the response and comes as it is read.
   *
   * @throws UpstreamFailedError, UpstreamTimeoutError, UpstreamBusyError, ClientLeftError, or what the body of the request failed with
   */
  forward(ctx: GatewayRequest, path: string): Promise<void>;
  /** Cuts what is open. */
  close(): void;
}

/** What may be sent again if a connection that was kept ends just as it is used (RFC 9110 section 9.2.2). */
const IDEMPOTENT = /^(?:GET|HEAD|OPTIONS|PUT|DELETE)$/;

/**
 * A proxy for an upstream.
 *
 * @throws TypeError or RangeError for a config out of range
 */
export function createProxy(name: string, config: UpstreamConfig, clock: Clock): Proxy {
  const url = upstreamUrl(name, config.url);
  const pool = poolOf(name, config, url, clock);
  const basePath = url.pathname.replace(/\/$/, '');

  const attempt = async (ctx: GatewayRequest, path: string, isFirst: boolean): Promise<void> => {
    const { requestBody } = ctx;
    if (requestBody?.isRead) throw new BodyUsedError();
    try {
      takeAnswer(ctx, await send(pool, ctx, { target: path, host: url.host }));
    } catch (error) {
      if (ctx.clientLeft) throw new ClientLeftError();
      // The upstream closed a connection that it had kept, just as we took it.
      const wasKept = ConnectionLostError.is(error) && error.wasReused;
      if (isFirst && wasKept && !requestBody && IDEMPOTENT.test(ctx.method)) {
        return attempt(ctx, path, false);
      }
      // What the client sent is at fault, not the upstream.
      throw RequestBodyError.is(error) ? error.cause : upstreamFailure(error);
    }
  };

  return {
    forward: (ctx, path) => attempt(ctx, basePath + path + ctx.search, true),
    close: () => void pool.close({ graceMs: 0 }),
  };
}

/** Where a request goes. */
interface Destination {
  readonly target: string;
  readonly host: string;
}

function send(
  pool: Pool,
  ctx: GatewayRequest,
  { target, host }: Destination,
): Promise<ClientAnswer> {
  const { method, requestBody: body } = ctx;
  return new Promise((resolve, reject) => {
    const headers = forwardHeaders(ctx, host);
    const call = pool.dispatch(
      { method, target, headers, body },
      { response: resolve, failed: reject },
    );
    ctx.exchange.onClientLeft(() => call.abort(new ClientLeftError()));
  });
}

/** Makes the upstream's answer the answer to the request. */
function takeAnswer(ctx: GatewayRequest, answer: ClientAnswer): void {
  const { response } = ctx;
  const received = HeaderList.fromRaw(answer.rawHeaders);
  dropHopHeaders(received);
  response.status = answer.status;
  for (const [name] of received) response.headers.delete(name);
  const raw = received.toRaw();
  for (let at = 0; at < raw.length; at += 2)
    response.headers.append(raw[at] as string, raw[at + 1] as string);
  response.body = answer.body;
}

function poolOf(name: string, config: UpstreamConfig, { origin }: URL, clock: Clock): Pool {
  const { connectTimeoutMs, firstByteTimeoutMs, idleTimeoutMs } = config;
  const given = Object.entries({ connectTimeoutMs, firstByteTimeoutMs, idleTimeoutMs });
  try {
    return createPool(origin, {
      ...Object.fromEntries(given.filter(([, value]) => value !== undefined)),
      clock,
    });
  } catch (error) {
    // Says of which upstream it speaks.
    if (error instanceof Error) error.message = error.message.replace('`', `\`${name}.`);
    throw error;
  }
}

function upstreamUrl(name: string, text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !/^https?:$/.test(url.protocol) || url.search || url.hash || url.username) {
    throw unexpected(
      `${name}.url`,
      'an http or https address without user, query or fragment',
      text,
    );
  }
  return url;
}
