/** Hands the connection of a client over to whoever speaks another protocol with it, and waits for its end. */
import type { Sent } from '@interpose/http';
import type { Takeover } from '@interpose/http/proxy';
import type { GatewayRequest } from '../context.ts';
import { messageOf } from '../errors.ts';
import { Tunnel, type TunnelEnd } from './tunnel.ts';

/** Resolves when the other protocol has ended; the request is over only then. */
export async function handOver(
  { exchange, response, clientLeft, logger, requestId }: GatewayRequest,
  takeover: Takeover,
): Promise<Sent & { readonly tunnel?: TunnelEnd }> {
  if (clientLeft) {
    response.body = null;
    return { bytes: 0, error: undefined };
  }
  const headers = response.headers.toRaw();
  response.takeBody();
  const upgraded = exchange.takeOver();
  const { socket } = upgraded;
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  try {
    takeover.take(upgraded, {
      headers,
      tell: (error) => logger.error({ message: `A tunnel failed: ${messageOf(error)}`, requestId }),
    });
  } catch (error) {
    // Nobody is known to have it.
    socket.destroy();
    throw error;
  }
  if (!(takeover instanceof Tunnel)) {
    await closed;
    return { bytes: 0, error: undefined };
  }
  const tunnel = await takeover.ended;
  return { bytes: tunnel.toClientBytes, error: undefined, tunnel };
}
