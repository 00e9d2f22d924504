/** The two ends of a connection: their addresses, folded to the form in which everybody writes them. */
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Endpoint, Ends } from './exchange.ts';

/** The ends of a socket. */
export function endsOf(socket: Duplex, secure: boolean): Ends {
  return new SocketEnds(socket as Socket, secure);
}

/** The addresses are asked for when someone wants to know them: each costs a call to the system. */
class SocketEnds implements Ends {
  readonly secure: boolean;
  readonly #socket: Socket;
  #peer: Endpoint | undefined;
  #local: Endpoint | undefined;

  constructor(socket: Socket, secure: boolean) {
    this.#socket = socket;
    this.secure = secure;
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
