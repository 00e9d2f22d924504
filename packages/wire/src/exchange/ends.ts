/** The two ends of a connection: their addresses, folded to the form in which everybody writes them. */
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Endpoint, Ends, TlsSession } from './exchange.ts';

/** The ends of a socket, and of its TLS if it has any. */
export function endsOf(socket: Duplex, tls?: TlsSession): Ends {
  return new SocketEnds(socket as Socket, tls);
}

/** The addresses are asked for when someone wants to know them: each costs a call to the system. */
class SocketEnds implements Ends {
  readonly secure: boolean;
  readonly tls: TlsSession | undefined;
  readonly #socket: Socket;
  #peer: Endpoint | undefined;
  #local: Endpoint | undefined;

  constructor(socket: Socket, tls: TlsSession | undefined) {
    this.#socket = socket;
    this.secure = tls !== undefined;
    this.tls = tls;
  }

  get peer(): Endpoint {
    return (this.#peer ??= {
      address: foldedAddress(this.#socket.remoteAddress),
      port: this.#socket.remotePort ?? 0,
    });
  }

  get local(): Endpoint {
    return (this.#local ??= {
      address: foldedAddress(this.#socket.localAddress),
      port: this.#socket.localPort ?? 0,
    });
  }
}

/** An address without the dress that IPv4 wears on an IPv6 socket. */
export function foldedAddress(address = ''): string {
  return address.startsWith('::ffff:') && address.includes('.') ? address.slice(7) : address;
}
