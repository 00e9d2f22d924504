/** Tests of apps: a real server for the length of a block, a client without one, variables of the environment for a while. */
import type { AppServer, ServeOptions } from './app-server.ts';
import { type CapturedLogs, captureLogs } from './captured-logs.ts';
import { EventLog } from './events/event-log.ts';
import type { EventLogOptions } from './events/event-log-options.ts';
import type { HttpEvent } from './events/http-event.ts';
import { buildContext, requestsBy, type TestRequest, type TestRequests } from './test-requests.ts';

export { type CapturedLog, type CapturedLogs, captureLogs } from './captured-logs.ts';
export {
  type Ask,
  type AskWithData,
  buildContext,
  buildRequest,
  type BuiltContext,
  type TestRequest,
  type TestRequests,
} from './test-requests.ts';

/** What can be tested: an app, a FastApi, or anything that answers and listens like them. */
export interface Testable {
  fetch(request: Request): Promise<Response>;
  serve(options?: ServeOptions): Promise<AppServer>;
}

/** How a test server runs. */
export interface TestServerOptions extends ServeOptions {
  /** Whether what is written to the console meanwhile is captured in place of being shown. @default false */
  readonly captureLogs?: boolean;
}

/** A server for a test. Stops when it goes out of scope of `await using`. */
export interface TestServer extends TestRequests, AsyncDisposable {
  readonly port: number;
  readonly running: boolean;
  /** What was written to the console; `undefined` if it is not captured. */
  readonly logs: CapturedLogs | undefined;
  /** The address of a path. */
  url(path?: string): string;
  /** True if something answers at the port, by asking. */
  isPortOpen(): Promise<boolean>;
  /** Frees the port. A second call does nothing. */
  stop(): Promise<void>;
}

/**
 * Starts an app on a free port of this machine.
 *
 * @example
 * await using server = await startTestServer(app);
 * expect((await server.get('/')).status).toBe(200);
 */
export async function startTestServer(
  app: Testable,
  { captureLogs: isCapturing = false, ...options }: TestServerOptions = {},
): Promise<TestServer> {
  const logs = isCapturing ? captureLogs() : undefined;
  let server: AppServer;
  try {
    server = await app.serve({ host: '127.0.0.1', port: 0, ...options });
  } catch (error) {
    logs?.[Symbol.dispose]();
    throw error;
  }
  let running = true;
  const stop = async (): Promise<void> => {
    if (!running) return;
    running = false;
    await server.close({ graceMs: 1000 });
    logs?.[Symbol.dispose]();
  };
  return {
    ...requestsBy((request) => fetch(request), server.url),
    port: server.port,
    get running() {
      return running;
    },
    logs,
    url: (path = '') => server.url + path,
    isPortOpen: () =>
      fetch(server.url, { method: 'HEAD' }).then(
        () => true,
        () => false,
      ),
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

/**
 * Runs a block with an app on a free port of this machine; afterwards the port is free again, whatever has happened.
 *
 * @example
 * await withServer(app, async (server) => {
 *   expect((await server.get('/')).status).toBe(200);
 * });
 */
export async function withServer<T>(
  app: Testable,
  run: (server: TestServer) => T | PromiseLike<T>,
  options?: TestServerOptions,
): Promise<T> {
  await using server = await startTestServer(app, options);
  return await run(server);
}

/** The same functions without a server or a socket. */
export function testClient(app: Pick<Testable, 'fetch'>): TestRequests {
  return requestsBy((request) => app.fetch(request), '');
}

/** The event of a request that nobody has made. */
export function buildEvent(
  method: string,
  path: string,
  { events, ...request }: TestRequest & { readonly events?: EventLogOptions } = {},
): HttpEvent {
  return new EventLog(events).onHttpRequest(buildContext(method, path, request).ctx).event;
}

interface Host {
  readonly process?: { readonly env: Record<string, string | undefined> };
}

/**
 * Sets variables of the process until it is disposed of; `undefined` takes one away.
 *
 * @example
 * using _ = temporaryEnvironment({ FAST_API__AUTH__API_KEY__NAME: 'X-API-Key' });
 */
export function temporaryEnvironment(
  variables: Readonly<Record<string, string | undefined>>,
): Disposable {
  const env = (globalThis as Host).process?.env ?? {};
  const put = (name: string, value: string | undefined): void => {
    if (value === undefined) delete env[name];
    else env[name] = value;
  };
  const before = Object.keys(variables).map((name) => [name, env[name]] as const);
  for (const [name, value] of Object.entries(variables)) put(name, value);
  return {
    [Symbol.dispose]: () => {
      for (const [name, value] of before.splice(0)) put(name, value);
    },
  };
}

/** Runs a block with variables of the process; afterwards they are as they were, whatever has happened. */
export async function withEnvironment<T>(
  variables: Readonly<Record<string, string | undefined>>,
  run: () => T | PromiseLike<T>,
): Promise<T> {
  using _ = temporaryEnvironment(variables);
  return await run();
}
