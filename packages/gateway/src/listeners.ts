/** Listeners: where clients come in. */
import type { Clock } from '@interpose/kernel';
import {
  type CloseOptions,
  createServer,
  type Exchange,
  type Refusal,
  type Server,
  type ServerOptions,
} from '@interpose/wire';
import type { GatewayConfig } from './gateway-config.ts';
import type { Logger } from './logger.ts';

/** Where a gateway listens, with the port that it has. */
export interface ListenAddress {
  readonly host: string;
  readonly port: number;
}

/** Limits and times of the connections of clients. */
export type ConnectionOptions = Omit<ServerOptions, 'clock'>;

/** What listeners hand on, and with what they are made. */
export interface ListenerOptions {
  readonly take: (exchange: Exchange) => void;
  /** Is told of what was refused before it could be taken. */
  readonly refused: (refusal: Refusal) => void;
  readonly connections: ConnectionOptions | undefined;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Where clients come in. */
export class Listeners {
  readonly #server: Server;

  constructor({ take, refused, connections = {}, clock, logger }: ListenerOptions) {
    this.#server = createServer(take, {
      ...connections,
      clock,
      onRefused: (refusal) => {
        const { code, status, peer, wasHandedOn } = refusal;
        logger.warn({ message: `Refused a request: ${code}`, status, client: peer.address });
        if (!wasHandedOn) refused(refusal);
        connections.onRefused?.(refusal);
      },
    });
  }

  /** Where it listens; nothing until it does. */
  get addresses(): readonly ListenAddress[] {
    const { address } = this.#server;
    return address ? [address as ListenAddress] : [];
  }

  /** @throws ListenFailedError if an address cannot be had */
  async open({ listen }: GatewayConfig): Promise<void> {
    await this.#server.listen(listen);
  }

  /** Takes no more connections and lets requests under way end. Tells how many connections had to be cut. */
  close(options: CloseOptions): Promise<number> {
    return this.#server.close(options);
  }
}
