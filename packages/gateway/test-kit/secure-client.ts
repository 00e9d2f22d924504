/** Clients of TLS for tests: one request over HTTP/1.1 or HTTP/2, with everything that the handshake told. */
import { once } from 'node:events';
import {
  type ClientHttp2Session,
  connect as connectHttp2,
  type OutgoingHttpHeaders,
} from 'node:http2';
import { text } from 'node:stream/consumers';
import { connect, type ConnectionOptions, type TLSSocket } from 'node:tls';
import { onTestFinished } from 'vitest';
import { ALPHA, RENEWED, WILD } from './certificate.ts';

/** Whom tests trust. */
export const TRUSTED: readonly string[] = [ALPHA.cert, RENEWED.cert, WILD.cert];

/** An encrypted connection that is gone when the test is over. Rejects if the handshake fails. */
export async function connectSecure(
  port: number,
  options: ConnectionOptions = {},
): Promise<TLSSocket> {
  const socket = connect({
    host: '127.0.0.1',
    port,
    servername: 'alpha.test',
    ca: [...TRUSTED],
    ...options,
  });
  onTestFinished(() => void socket.destroy());
  await once(socket, 'secureConnect');
  socket.on('error', () => {});
  return socket;
}

/** For whom the certificate is that a connection was given. */
export function ownerOf(socket: TLSSocket): string {
  return String(socket.getPeerCertificate().subject.O).replace('Test only, ', '');
}

/** Sends the head of a request and gives what comes back until the connection ends. */
export async function askOver(socket: TLSSocket, head = 'GET / HTTP/1.1'): Promise<string> {
  socket.write(`${head}\r\nHost: alpha.test\r\nConnection: close\r\n\r\n`);
  return text(socket);
}

/** A connection of HTTP/2 that is gone when the test is over. */
export function openHttp2(
  url: string,
  options: Parameters<typeof connectHttp2>[1] = {},
): ClientHttp2Session {
  const session = connectHttp2(url, { ca: [...TRUSTED], servername: 'alpha.test', ...options });
  session.on('error', () => {});
  onTestFinished(() => void session.destroy());
  return session;
}

/** One request over HTTP/2. */
export async function askHttp2(
  session: ClientHttp2Session,
  headers: OutgoingHttpHeaders = {},
): Promise<{ readonly status: number; readonly text: string }> {
  const stream = session.request({ ':path': '/', ...headers });
  const [head] = (await once(stream, 'response')) as [Record<string, unknown>];
  return { status: Number(head[':status']), text: await text(stream) };
}
