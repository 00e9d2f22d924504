/** The two ends of a connection: their addresses, folded to the form in which everybody writes them. */
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Endpoint, Ends } from './exchange.ts';

/** The ends of a socket. The addresses are asked for when someone wants to know them: each costs a call to the system. */
export function endsOf(socket: Duplex, secure: boolean): Ends {
  const socketLike = socket as Socket;
  let peer: Endpoint | undefined;
  let local: Endpoint | undefined;
  return {
    secure,
    get peer() {
      return (peer ??= {
        address: foldedAddress(socketLike.remoteAddress),
        port: socketLike.remotePort ?? 0,
      });
    },
    get local() {
      return (local ??= {
        address: foldedAddress(socketLike.localAddress),
        port: socketLike.localPort ?? 0,
      });
    },
  };
}

/** An address without the dress that IPv4 wears on an IPv6 socket. */
export function foldedAddress(address = ''): string {
  return address.startsWith('::ffff:') && address.includes('.') ? address.slice(7) : address;
}
