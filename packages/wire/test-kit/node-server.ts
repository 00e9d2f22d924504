/** Node's own HTTP server as a second opinion: which requests does it find in some bytes? */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import type { ReadMessage } from './reading.ts';

/** What Node found. */
export interface Opinion {
  /** Those that are whole. */
  readonly messages: readonly ReadMessage[];
  /** The code of the error that it refused the rest by. */
  readonly error: string | undefined;
}

/** How large a head may be for Node: larger than any of ours. */
const MAX_HEAD_BYTES = 256 * 1024;

interface Seen {
  readonly messages: ReadMessage[];
  error: string | undefined;
}

/** A server of `node:http` on loopback. */
export class NodeServer {
  readonly #server: Server;
  /** What came on a connection, by the port at its other end. */
  readonly #seen = new Map<number, Seen & { readonly closed: Promise<unknown> }>();

  private constructor(server: Server) {
    this.#server = server;
    server.on('connection', (socket: Socket) => {
      const closed = once(socket, 'close').catch(() => {});
      this.#seen.set(socket.remotePort ?? 0, { messages: [], error: undefined, closed });
    });
    const take = (request: IncomingMessage, response: ServerResponse): void =>
      this.#take(request, response);
    server.on('request', take);
    server.on('checkExpectation', take);
    server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
      const seen = this.#seen.get((socket as Socket).remotePort ?? 0);
      if (seen) seen.error ??= error.code ?? error.message;
      socket.destroy();
    });
  }

  /** Starts a server on a free port. */
  static async start(): Promise<NodeServer> {
    const server = createServer({
      insecureHTTPParser: false,
      maxHeaderSize: MAX_HEAD_BYTES,
      requestTimeout: 0,
      headersTimeout: 0,
      keepAliveTimeout: 0,
    });
    server.maxHeadersCount = 0;
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new NodeServer(server);
  }

  /** Sends bytes on a connection of their own, and gives what came of them. */
  async read(bytes: Uint8Array): Promise<Opinion> {
    const { port } = this.#server.address() as AddressInfo;
    const socket = connect({ host: '127.0.0.1', port });
    socket.on('error', () => {});
    socket.resume();
    const closed = once(socket, 'close').catch(() => {});
    await once(socket, 'connect');
    const { localPort } = socket;
    socket.end(bytes);
    await closed;
    const seen = this.#seen.get(localPort ?? 0);
    if (!seen) throw new Error('Node did not see the connection');
    await seen.closed;
    this.#seen.delete(localPort ?? 0);
    return { messages: seen.messages, error: seen.error };
  }

  /** Stops it. */
  async close(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #take(request: IncomingMessage, response: ServerResponse): void {
    const seen = this.#seen.get(request.socket.remotePort ?? 0);
    const chunks: Buffer[] = [];
    request.on('error', () => {});
    request.on('data', (chunk: Buffer) => void chunks.push(chunk));
    request.on('end', () => {
      const { method = '', url = '', httpVersion: version, rawHeaders, rawTrailers } = request;
      seen?.messages.push({
        line: [method, url],
        version,
        headers: rawHeaders,
        body: Buffer.concat(chunks).toString('latin1'),
        trailers: rawTrailers,
      });
      response.end();
    });
  }
}
