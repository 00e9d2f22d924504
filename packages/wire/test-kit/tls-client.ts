/** Clients of TLS for tests: raw ones, which see every byte, and trust the certificate for tests. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { connect as connectTls, type ConnectionOptions, type TLSSocket } from 'node:tls';
import { onTestFinished } from 'vitest';
import { SERVER_CERTIFICATE } from './certificate.ts';

/** A connection that is plain so far, and gone when the test is over. */
export async function connectPlain(port: number): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true, allowHalfOpen: true });
  onTestFinished(() => void socket.destroy());
  socket.on('error', () => {});
  await once(socket, 'connect');
  return socket;
}

/** An encrypted connection, and gone when the test is over. Rejects if the handshake fails. */
export async function connectSecure(options: ConnectionOptions): Promise<TLSSocket> {
  const socket = connectTls({
    host: '127.0.0.1',
    ca: SERVER_CERTIFICATE.cert,
    allowHalfOpen: true,
    ...options,
  } as ConnectionOptions);
  onTestFinished(() => void socket.destroy());
  await once(socket, 'secureConnect');
  socket.on('error', () => {});
  return socket;
}

/** Why a handshake failed. */
export async function handshakeError(options: ConnectionOptions): Promise<string> {
  try {
    const socket = await connectSecure(options);
    // With TLS 1.3 the client is done before the server has looked at what it sent.
    socket.resume();
    await once(socket, 'end');
    return 'closed';
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? String(error);
  }
}
