/** Sends a request to its upstream and takes the answer, whose body then passes from one connection to the other. */
import { askUpstream, takeAnswer, upstreamFailure } from '@interpose/http/proxy';
import type { Clock } from '@interpose/kernel';
import { unexpected } from '@interpose/kernel/options';
import { createPool, type Pool } from '@interpose/wire';
import type { GatewayRequest } from '../context.ts';
import type { UpstreamConfig } from '../gateway-config.ts';
import type { Logger } from '../logger.ts';
import { forwardHeaders } from './forward-headers.ts';

/** What is asked of an upstream. */
export interface Asked {
  readonly path: string;
  /** The query with its `?`, or nothing. */
  readonly search: string;
}

/** Where requests go. Lives as long as its config stays the same, through any number of reloads. */
export interface Upstream {
  readonly name: string;
  readonly config: UpstreamConfig;
  /**
   * Sends the request on, asking for something. Resolves when the head of the answer is there; the body is in the
   * response and comes as it is read.
   *
   * @throws UpstreamFailedError, UpstreamTimeoutError, UpstreamBusyError, ClientLeftError, or what the body of the request failed with
   */
  forward(ctx: GatewayRequest, asked: Asked): Promise<void>;
  /** Cuts what is open. */
  close(): void;
}

/** What an upstream gets from the gateway instead of reaching for it. */
export interface UpstreamServices {
  readonly clock: Clock;
  readonly random: () => number;
  readonly logger: Logger;
}

/**
 * An upstream.
 *
 * @throws TypeError or RangeError for a config out of range
 */
export function createUpstream(
  name: string,
  config: UpstreamConfig,
  { clock }: UpstreamServices,
): Upstream {
  const url = upstreamUrl(name, config.url);
  const pool = poolOf(name, config, url, clock);
  const basePath = url.pathname.replace(/\/$/, '');

  const forward = async (ctx: GatewayRequest, { path, search }: Asked): Promise<void> => {
    const { method, requestBody: body } = ctx;
    const headers = forwardHeaders(ctx, url.host);
    const target = basePath + path + search;
    try {
      const { answer } = await askUpstream(pool, { method, target, headers, body }, ctx);
      takeAnswer(ctx.response, answer);
    } catch (error) {
      throw upstreamFailure(error);
    }
  };

  return {
    name,
    config,
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
