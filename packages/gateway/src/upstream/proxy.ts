/** Sends a request to its upstream and takes the answer, whose body then passes from one connection to the other. */
import { askUpstream, takeAnswer, upstreamFailure } from '@interpose/http/proxy';
import type { Clock } from '@interpose/kernel';
import { unexpected } from '@interpose/kernel/options';
import { createPool, type Pool } from '@interpose/wire';
import type { GatewayRequest } from '../context.ts';
import type { UpstreamConfig } from '../gateway-config.ts';
import { forwardHeaders } from './forward-headers.ts';

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

/**
 * A proxy for an upstream.
 *
 * @throws TypeError or RangeError for a config out of range
 */
export function createProxy(name: string, config: UpstreamConfig, clock: Clock): Proxy {
  const url = upstreamUrl(name, config.url);
  const pool = poolOf(name, config, url, clock);
  const basePath = url.pathname.replace(/\/$/, '');

  const forward = async (ctx: GatewayRequest, path: string): Promise<void> => {
    const { method, requestBody: body } = ctx;
    const headers = forwardHeaders(ctx, url.host);
    const target = basePath + path + ctx.search;
    try {
      const { answer } = await askUpstream(pool, { method, target, headers, body }, ctx);
      takeAnswer(ctx.response, answer);
    } catch (error) {
      throw upstreamFailure(error);
    }
  };

  return {
    forward,
    close: () => void pool.close({ graceMs: 0 }),
  };
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
