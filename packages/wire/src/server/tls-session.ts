/** TlsSession: what a handshake has agreed on, read when someone asks for it. */
import type { X509Certificate } from 'node:crypto';
import type { TLSSocket } from 'node:tls';
import type { TlsSession } from '../exchange/exchange.ts';

/** The session of an encrypted socket. */
export function tlsSessionOf(socket: TLSSocket): TlsSession {
  return new SocketSession(socket);
}

class SocketSession implements TlsSession {
  readonly #socket: TLSSocket;
  #version: string | undefined;
  #certificate: X509Certificate | null | undefined;

  constructor(socket: TLSSocket) {
    this.#socket = socket;
  }

  get version(): string {
    return (this.#version ??= this.#socket.getProtocol() ?? 'unknown');
  }

  get serverName(): string | undefined {
    const { servername } = this.#socket as { readonly servername?: string | false };
    return typeof servername === 'string' && servername !== '' ? servername : undefined;
  }

  get clientCertificate(): X509Certificate | undefined {
    // One that nobody vouches for says nothing of its bearer.
    this.#certificate ??=
      (this.#socket.authorized && this.#socket.getPeerX509Certificate()) || null;
    return this.#certificate ?? undefined;
  }
}
