/** A gateway and its upstreams on loopback, for tests: real sockets, free ports, and everything closed at the end. */
import { once } from 'node:events';
import {
  Agent,
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  request as httpRequest,
  type RequestListener,
  type Server,
} from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';
import {
  createGateway,
  type Gateway,
  type GatewayConfig,
  type GatewayOptions,
  type LogEntry,
  type Logger,
  type RouteConfig,
} from '../src/index.ts';

/** A server to stand behind the gateway. */
export interface Upstream {
  readonly url: string;
  readonly server: Server;
  /** The connections that are open. */
  readonly sockets: ReadonlySet<Socket>;
}

/** Starts an upstream that answers with `listener`. */
export async function startUpstream(listener: RequestListener): Promise<Upstream> {
  const server = createServer(listener);
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy();
    if (server.listening) await once(server.close(), 'close');
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, server, sockets };
}

/** A logger that keeps what it is told. */
export interface MemoryLogger extends Logger {
  readonly entries: (LogEntry & { readonly level: string })[];
  /** The messages of one level. */
  messages(level: 'info' | 'warn' | 'error'): unknown[];
}

/** A logger that keeps what it is told. */
export function memoryLogger(): MemoryLogger {
  const entries: (LogEntry & { readonly level: string })[] = [];
  const log = (level: string) => (entry: LogEntry) => void entries.push({ level, ...entry });
  return {
    entries,
    info: log('info'),
    warn: log('warn'),
    error: log('error'),
    messages: (level) =>
      entries.filter((entry) => entry.level === level).map((entry) => entry['message']),
  };
}

/** A gateway that listens. */
export interface Started {
  readonly url: string;
  readonly port: number;
  readonly gateway: Gateway;
  readonly logger: MemoryLogger;
  /** What was handed to the log phase, once the first request has come to its end. */
  readonly ended: () => Promise<void>;
}

/** A config with what a test does not care about. */
export function configOf(config: Partial<GatewayConfig>): GatewayConfig {
  return {
    listen: { host: '127.0.0.1', port: 0 },
    upstreams: {},
    plugins: [],
    routes: [],
    ...config,
  };
}

/** A route with what a test does not care about. */
export function routeOf(route: Partial<RouteConfig>): RouteConfig {
  return { name: 'all', path: '/*', plugins: [], ...route };
}

/** Starts a gateway. */
export async function startGateway(
  config: Partial<GatewayConfig>,
  options: GatewayOptions = {},
): Promise<Started> {
  const logger = memoryLogger();
  let tell: (() => void)[] = [];
  let count = 0;
  const gateway = createGateway(configOf(config), { logger, ...options });
  gateway.registry.use({
    name: 'test-end',
    phase: 'log',
    priority: 1e9,
    handle() {
      count++;
      for (const go of tell) go();
      tell = [];
    },
  });
  let waited = 0;
  const { host, port } = await gateway.listen();
  onTestFinished(async () => void (await gateway.close({ graceMs: 0 })));
  const ended = async (): Promise<void> => {
    if (count <= waited) await new Promise<void>((resolve) => tell.push(resolve));
    waited++;
  };
  return { url: `http://${host}:${port}`, port, gateway, logger, ended };
}

/** Starts a gateway in front of one upstream, for every path. */
export async function startProxied(
  listener: RequestListener,
  { upstream = {}, ...config }: Partial<GatewayConfig> & { readonly upstream?: object } = {},
  options: GatewayOptions = {},
): Promise<Started & { readonly upstream: Upstream }> {
  const started = await startUpstream(listener);
  const upstreams = { main: { url: started.url, ...upstream } };
  const routes = [routeOf({ upstream: 'main' })];
  return { ...(await startGateway({ upstreams, routes, ...config }, options)), upstream: started };
}

/** What a client sends. */
export interface Sending {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  readonly body?: string | Uint8Array;
  readonly agent?: Agent;
}

/** What a client gets. */
export interface Received {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly rawHeaders: readonly string[];
  readonly text: string;
  /** The body as JSON. */
  readonly json: Record<string, unknown>;
}

/** Opens a request and leaves the rest to the test. */
export function open(
  url: string,
  { method = 'GET', headers = {}, agent }: Sending = {},
): ReturnType<typeof httpRequest> {
  const { hostname, port, origin } = new URL(url);
  const request = httpRequest({
    host: hostname,
    port,
    // As written: URL would bring the path into a form of its own.
    path: url.slice(origin.length) || '/',
    method,
    headers: headers as Record<string, string>,
    agent: agent ?? new Agent({ keepAlive: false }),
  });
  request.on('error', () => {});
  return request;
}

/** The head of the answer to an open request. */
export async function headOf(request: ReturnType<typeof httpRequest>): Promise<IncomingMessage> {
  const [response] = (await Promise.race([
    once(request, 'response'),
    once(request, 'close').then(() => {
      throw new Error('closed without an answer');
    }),
  ])) as [IncomingMessage];
  return response;
}

/** Sends a request and reads the whole answer. */
export async function send(url: string, sending: Sending = {}): Promise<Received> {
  const request = open(url, sending);
  request.end(sending.body);
  const response = await headOf(request);
  const chunks: Uint8Array[] = [];
  for await (const chunk of response) chunks.push(chunk as Uint8Array);
  const text = Buffer.concat(chunks).toString();
  return {
    status: response.statusCode ?? 0,
    headers: response.headers,
    rawHeaders: response.rawHeaders,
    text,
    get json() {
      return JSON.parse(text) as Record<string, unknown>;
    },
  };
}

/** Sends bytes as they are, and gives all that comes back until the connection ends. */
export async function sendRaw(port: number, text: string): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  let received = '';
  socket.on('data', (chunk) => (received += chunk.toString('latin1')));
  socket.on('error', () => {});
  socket.write(text);
  await once(socket, 'close');
  return received;
}
