/** Opens connections to an origin: over TCP or a Unix socket, with TLS or without, within a time. */
import { connect as connectNet, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { ConnectFailedError, ConnectTimeoutError } from './errors.ts';
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
  /** The memory that it reads into, if it reads into the same again and again. */
  readonly memory: ReadMemory | undefined;
}

/** Opens connections to one origin. */
export class Connector {
  readonly #origin: Origin;
  readonly #options: PoolOptions;
  readonly #settings: PoolSettings;

  constructor(origin: Origin, options: PoolOptions, settings: PoolSettings) {
    this.#origin = origin;
    this.#options = options;
    this.#settings = settings;
  }

  /** Opens one. With `plain` it reads as any socket does, so that it can be handed over. */
  open(reader: ConnectionReader, plain: boolean): Opened {
    const { isSecure } = this.#origin;
    const memory = isSecure || plain ? undefined : new ReadMemory();
    const socket = isSecure ? this.#connectTls() : this.#connectNet(reader, memory);
    if (!memory) socket.on('data', (bytes: Buffer) => reader.take(bytes));
    const { clock, connectTimeoutMs } = this.#settings;
    const cancel = clock.setTimer(() => {
      const message = `${this.#place} did not accept a connection within ${connectTimeoutMs} ms`;
      socket.destroy(new ConnectTimeoutError(message, { nothingSent: true }));
    }, connectTimeoutMs);
    const fail = (error?: Error): void => {
      cancel();
      reader.failed(this.#failure(error));
    };
    const closed = (): void => fail();
    socket.once('error', fail);
    socket.once('close', closed);
    socket.once(isSecure ? 'secureConnect' : 'connect', () => {
      cancel();
      socket.off('error', fail);
      socket.off('close', closed);
      reader.connected();
    });
    return { socket, memory };
  }

  get #place(): string {
    return this.#options.socketPath ?? this.#origin.host;
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
    return connectNet({ ...this.#where(), noDelay: true, ...(onread && { onread }) });
  }

  #connectTls(): Socket {
    const { hostname } = this.#origin;
    return connectTls({
      ...this.#where(),
      // An address is no name that a certificate could be chosen by (RFC 6066 section 3).
      ...(!/^[\d.]+$|:/.test(hostname) && { servername: hostname }),
      minVersion: 'TLSv1.2',
      ALPNProtocols: ['http/1.1'],
      ...this.#options.tls,
    }).setNoDelay(true);
  }

  #where(): { path: string } | { host: string; port: number } {
    const { socketPath, lookup } = this.#options;
    if (socketPath !== undefined) return { path: socketPath };
    const { hostname, port } = this.#origin;
    return { host: hostname, port, ...(lookup && { lookup }) };
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
