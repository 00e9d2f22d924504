/** Front: serves the connections of one listener in the way that its config says. */
import { AddressSet } from '@interpose/http';
import type { Clock } from '@interpose/kernel';
import {
  createServer,
  type Exchange,
  type Refusal,
  type Server,
  type ServerOptions,
} from '@interpose/wire';
import type { Duplex } from 'node:stream';
import { contentKey } from '../content-key.ts';
import type { Logger } from '../logger.ts';
import { Certificates } from './certificates.ts';
import { type ListenerConfig, placeOf } from './listener-config.ts';
import { type TurnAway, turnAwayOf } from './turn-away.ts';

/** Limits and times of the connections of clients. */
export type ConnectionOptions = Omit<ServerOptions, 'clock'>;

/** What a front hands on, and with what it is made. */
export interface FrontServices {
  readonly take: (exchange: Exchange, turnAway: TurnAway | undefined) => void;
  /** Is told of what was refused before it could be taken. */
  readonly refused: (refusal: Refusal) => void;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** A certificate that ends within this time is told of. */
const SOON_MS = 14 * 24 * 60 * 60 * 1000;

/** Serves the connections of one listener. */
export class Front {
  /** The same text is the same front. */
  readonly key: string;
  readonly place: string;
  readonly #server: Server;
  readonly #certificates: Certificates | undefined;
  readonly #services: FrontServices;
  #told = '';

  private constructor(config: ListenerConfig, parts: FrontParts) {
    const { connections, certificates, services } = parts;
    const turnAway = turnAwayOf(config, certificates);
    this.key = keyOf(config, connections);
    this.place = placeOf(config);
    this.#certificates = certificates;
    this.#services = services;
    this.#server = createServer((exchange) => services.take(exchange, turnAway), {
      ...connections,
      ...(config.http2 !== undefined && { http2: config.http2 }),
      ...(config.h2c !== undefined && { h2c: config.h2c }),
      ...(certificates && { tls: certificates.serverOptions }),
      ...(config.proxyProtocol && { proxyProtocol: trustOf(config.proxyProtocol.trusted) }),
      clock: services.clock,
      onRefused: (refusal) => this.#refused(refusal, connections),
    });
  }

  /**
   * Reads the certificates, if there are any, and is ready then.
   *
   * @throws CertificateFailedError, and what the server says of options out of range
   */
  static async make(
    config: ListenerConfig,
    connections: ConnectionOptions,
    services: FrontServices,
  ): Promise<Front> {
    const certificates = config.tls && (await Certificates.read(config.tls));
    const front = new Front(config, { connections, certificates, services });
    front.#tellEnd();
    return front;
  }

  get secure(): boolean {
    return this.#certificates !== undefined;
  }

  take(socket: Duplex): void {
    this.#server.take(socket);
  }

  /** Reads the certificates again; those that cannot be used are told of, once, and the old ones stay. */
  async renew(): Promise<void> {
    const certificates = this.#certificates;
    const { logger } = this.#services;
    if (!certificates) return;
    try {
      const hasChanged = await certificates.renew();
      this.#told = '';
      if (!hasChanged) return;
      this.#server.setSecureContext(certificates.fallback);
      logger.info({ message: `The certificates of ${this.place} have been renewed` });
      this.#tellEnd();
    } catch (error) {
      const { message } = error as Error;
      if (message === this.#told) return;
      this.#told = message;
      logger.error({ message: `The old certificates of ${this.place} stay: ${message}` });
    }
  }

  /** Ends idle connections, lets requests under way end, cuts the rest. Tells how many it cut; told again, it can only become shorter. */
  close(graceMs: number): Promise<number> {
    return this.#server.close({ graceMs });
  }

  #refused(refusal: Refusal, connections: ConnectionOptions): void {
    const { code, status, peer, wasHandedOn } = refusal;
    const message = `Refused a request: ${code}`;
    this.#services.logger.warn({ message, status, client: peer.address });
    if (!wasHandedOn) this.#services.refused(refusal);
    connections.onRefused?.(refusal);
  }

  #tellEnd(): void {
    const { clock, logger } = this.#services;
    const endAtMs = this.#certificates?.endAtMs;
    if (endAtMs === undefined || endAtMs > clock.wall() + SOON_MS) return;
    const ends = `${endAtMs < clock.wall() ? 'ended' : 'ends'} ${new Date(endAtMs).toISOString()}`;
    logger.warn({ message: `A certificate of ${this.place} ${ends}` });
  }
}

/** By what a front is known again. */
export function keyOf(config: ListenerConfig, connections: ConnectionOptions): string {
  return contentKey([config, connections]);
}

interface FrontParts {
  readonly connections: ConnectionOptions;
  readonly certificates: Certificates | undefined;
  readonly services: FrontServices;
}

function trustOf(trusted: readonly string[]): (address: string) => boolean {
  const set = new AddressSet('proxyProtocol.trusted', trusted);
  return (address) => set.has(address);
}
