/** Opens connections to an origin: over TCP or a Unix socket, with TLS or without, within a time. */
import { connect as connectNet, isIP, type Socket } from 'node:net';
import { connect as connectTls, type ConnectionOptions, createSecureContext } from 'node:tls';
import { createDnsCache } from '../dns-cache/dns-cache.ts';
import { ConnectFailedError, ConnectTimeoutError } from '../errors.ts';
import { HIGH_WATER_BYTES } from '../message-writer/message-writer.ts';
import type { Origin } from './origin.ts';
import type { PoolOptions, PoolSettings } from './pool-options.ts';
import { ReadMemory } from './read-memory.ts';

/** Reads what comes on a connection. */
export interface ConnectionReader {
  connected(): void;
  failed(error: Error): void;
  take(bytes: Buffer): void;
}

/** A connection that is being opened. */
export interface Opened {
  readonly socket: Socket;
  /** The memory that it reads into, if it reads into the same again and again; what comes is then taken without an event. */
  readonly memory: ReadMemory | undefined;
}

/** Opens connections to one origin. */
export class Connector {
  readonly #settings: PoolSettings;
  readonly #where: ConnectionOptions;
  readonly #place: string;
  readonly #tls: ConnectionOptions | undefined;

  /** @throws what TLS has against certificates and keys that are none */
  constructor(origin: Origin, options: PoolOptions, settings: PoolSettings) {
    const { socketPath, tls } = options;
    const { hostname: host, port } = origin;
    this.#settings = settings;
    const lookup = options.lookup ?? createDnsCache({ clock: settings.clock }).lookup;
    // The host is named in any case, as the certificate has to be made out to it.
    this.#where = socketPath === undefined ? { host, port, lookup } : { host, path: socketPath };
    this.#place = socketPath ?? origin.host;
    this.#tls = origin.isSecure ? tlsOptions(host, tls) : undefined;
  }

  /** Opens one. With `isPlain` it reads as any socket does, so that it can be handed over. */
  open(reader: ConnectionReader, isPlain: boolean): Opened {
    const memory = this.#tls || isPlain ? undefined : new ReadMemory();
    const socket = this.#tls
      ? connectTls({ ...this.#where, ...this.#tls }).setNoDelay(true)
      : this.#connectNet(reader, memory);
    const cancel = this.#settings.after(this.#settings.connectTimeoutMs, () => {
      const message = `${this.#place} did not accept a connection within ${this.#settings.connectTimeoutMs} ms`;
      socket.destroy(new ConnectTimeoutError(message, { nothingSent: true }));
    });
    const fail = (error?: Error): void => {
      cancel();
      reader.failed(this.#failure(error));
    };
    const closed = (): void => fail();
    socket.once('error', fail);
    socket.once('close', closed);
    socket.once(this.#tls ? 'secureConnect' : 'connect', () => {
      cancel();
      socket.off('error', fail);
      socket.off('close', closed);
      reader.connected();
    });
    return { socket, memory };
  }

  #connectNet(reader: ConnectionReader, memory: ReadMemory | undefined): Socket {
    const onread = memory && {
      buffer: () => memory.next(),
      callback: (length: number, buffer: Uint8Array) => {
        memory.note(length);
        reader.take((buffer as Buffer).subarray(0, length));
        return true;
      },
    };
    return connectNet({
      ...(this.#where as { host: string; port: number }),
      ...SOCKET,
      ...(onread && { onread }),
    });
  }

  #failure(error: Error | undefined): Error {
    if (ConnectTimeoutError.is(error)) return error;
    const { code, message } = (error ?? {}) as NodeJS.ErrnoException;
    const why = code ?? message ?? 'the connection was closed';
    return new ConnectFailedError(`${this.#place} cannot be reached: ${why}`, {
      cause: error,
      nothingSent: true,
    });
  }
}

/** The other end may end its side while ours goes on, which is for the connection to judge. */
const SOCKET = { noDelay: true, allowHalfOpen: true, highWaterMark: HIGH_WATER_BYTES } as const;

function tlsOptions(
  host: string,
  tls: ConnectionOptions | undefined,
): ConnectionOptions & { readonly allowHalfOpen: boolean } {
  return {
    allowHalfOpen: true,
    // An address is no name that a certificate could be chosen by (RFC 6066 section 3).
    ...(isIP(host) === 0 && { servername: host.replace(/\.$/, '') }),
    ALPNProtocols: ['http/1.1'],
    // Whatever the environment of the process says.
    rejectUnauthorized: true,
    // Once for all connections: what it is made of has to be read and understood.
    secureContext: createSecureContext({ minVersion: 'TLSv1.2', ...tls }),
    ...tls,
  };
}
