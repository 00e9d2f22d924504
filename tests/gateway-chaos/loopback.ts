/** A gateway and servers behind it on loopback, closed at the end of the test. */
import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import {
  createGateway,
  type Gateway,
  type GatewayConfig,
  type GatewayOptions,
} from '@interpose/gateway';
import { onTestFinished } from 'vitest';

/** A server behind the gateway. */
export interface Behind {
  readonly url: string;
  readonly server: Server;
  /** The connections that are open. */
  readonly sockets: ReadonlySet<Socket>;
}

/** Starts a server. */
export async function startBehind(listener: RequestListener): Promise<Behind> {
  const server = createServer(listener);
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy();
    await once(server.close(), 'close');
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, server, sockets };
}

/** A gateway that listens. */
export interface Front {
  readonly gateway: Gateway;
  readonly port: number;
}

const silent = { info() {}, warn() {}, error() {} };

/** Starts a gateway that writes no log. */
export async function startFront(
  config: Omit<GatewayConfig, 'listen'>,
  options: GatewayOptions = {},
): Promise<Front> {
  const gateway = createGateway(
    { listen: { host: '127.0.0.1', port: 0 }, ...config },
    { logger: silent, ...options },
  );
  const { port } = await gateway.listen();
  onTestFinished(async () => void (await gateway.close({ graceMs: 0 })));
  return { gateway, port };
}
