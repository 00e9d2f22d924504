/** An app that listens. */
import { createServer, type Exchange, type Server, type ServerOptions } from '@interpose/wire';

/** Where and how an app listens. */
export interface ServeOptions extends ServerOptions {
  /** @default '127.0.0.1' */
  readonly host?: string;
  /** 0 takes any free port. @default 0 */
  readonly port?: number;
  /** The path of a Unix socket in place of host and port. @default none */
  readonly path?: string;
}

/** An app that listens. Closes when it goes out of scope of `await using`. */
export interface AppServer extends AsyncDisposable {
  /** Where it can be reached, without a slash at the end; for a Unix socket, its path. */
  readonly url: string;
  readonly port: number;
  readonly server: Server;
  /** Takes no more connections, and lets requests under way end. Tells how many connections it cut. */
  close(options?: { readonly graceMs?: number }): Promise<number>;
}

/**
 * Listens.
 *
 * @throws ListenFailedError if the address cannot be had
 */
export async function startServer(
  handle: (exchange: Exchange) => void,
  { host = '127.0.0.1', port = 0, path, ...options }: ServeOptions,
): Promise<AppServer> {
  const server = createServer(handle, options);
  await server.listen(path === undefined ? { host, port } : { path });
  const address = server.address;
  const own = address && 'port' in address ? address : undefined;
  const name = host.includes(':') ? `[${host}]` : host;
  const scheme = options.tls ? 'https' : 'http';
  return {
    url: own ? `${scheme}://${name}:${own.port}` : (path as string),
    port: own?.port ?? 0,
    server,
    close: (closing) => server.close(closing),
    [Symbol.asyncDispose]: async () => void (await server.close({ graceMs: 5000 })),
  };
}
