/** Node's own HTTP client as a second opinion: which response does it find in some bytes? */
import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { type AddressInfo, createServer, type Server } from 'node:net';
import type { Opinion } from './node-server.ts';
import type { ReadMessage } from './reading.ts';

const MAX_HEAD_BYTES = 256 * 1024;

/** A client of `node:http`, and a server that answers it with any bytes. */
export class NodeClient {
  readonly #server: Server;
  #bytes: Uint8Array = Buffer.alloc(0);

  private constructor(server: Server) {
    this.#server = server;
    server.on('connection', (socket) => {
      socket.on('error', () => {});
      // The request is small and comes in one piece.
      socket.once('data', () => socket.resume().end(this.#bytes));
    });
  }

  /** Starts the server on a free port. */
  static async start(): Promise<NodeClient> {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new NodeClient(server);
  }

  /** Has a request answered with bytes and the end of the connection. One at a time. */
  read(bytes: Uint8Array, method = 'GET'): Promise<Opinion> {
    this.#bytes = bytes;
    const { port } = this.#server.address() as AddressInfo;
    const messages: ReadMessage[] = [];
    return new Promise((resolve) => {
      const fail = (error: NodeJS.ErrnoException): void =>
        resolve({ messages, error: error.code ?? error.message });
      const call = request({
        host: '127.0.0.1',
        port,
        method,
        agent: false,
        maxHeaderSize: MAX_HEAD_BYTES,
        insecureHTTPParser: false,
      });
      call.maxHeadersCount = 0;
      call.on('error', fail);
      call.on('information', (info) => void messages.push(headOf(info)));
      call.on('upgrade', (answer, socket) => {
        socket.destroy();
        messages.push(headOf(answer));
        resolve({ messages, error: undefined });
      });
      call.on('response', (answer) => {
        const chunks: Buffer[] = [];
        answer.on('error', fail);
        answer.on('data', (chunk: Buffer) => void chunks.push(chunk));
        answer.on('end', () => {
          const body = Buffer.concat(chunks).toString('latin1');
          messages.push({ ...headOf(answer), body, trailers: answer.rawTrailers });
          resolve({ messages, error: undefined });
        });
      });
      call.on('close', () => fail(new Error('closed')));
      call.end();
    });
  }

  /** Stops the server. */
  async close(): Promise<void> {
    this.#server.close();
    await once(this.#server, 'close');
  }
}

type Head = Pick<IncomingMessage, 'httpVersion' | 'rawHeaders'> & {
  readonly statusCode?: number | undefined;
};

const headOf = ({ statusCode = 0, httpVersion, rawHeaders }: Head): ReadMessage => ({
  line: [statusCode],
  version: httpVersion,
  headers: rawHeaders,
  body: '',
  trailers: [],
});
