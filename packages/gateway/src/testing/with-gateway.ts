/** withGateway: a gateway on a real port for the length of a block. */
import { createGateway, type Gateway } from '../gateway.ts';
import { memoryLogger, type MemoryLogger } from './memory-logger.ts';
import type { MemoryGatewayOptions } from './memory-gateway.ts';
import { type TestConfig, wholeConfig } from './test-config.ts';

/** A gateway that listens. */
export interface RunningGateway {
  readonly gateway: Gateway;
  /** Where it listens, such as `http://127.0.0.1:49152`. */
  readonly url: string;
  readonly port: number;
  readonly logger: MemoryLogger;
  /** Sends a request to a path; follows no redirect. */
  request(path: string, init?: RequestInit): Promise<Response>;
}

/**
 * Starts a gateway on 127.0.0.1 and a free port, runs the block, and frees the port, whatever happens.
 *
 * @example
 * await withGateway('routes: [{ name: hello, path: /, respond: { body: Hello. } }]', async ({ request }) => {
 *   expect(await (await request('/')).text()).toBe('Hello.');
 * });
 *
 * @throws InvalidConfigError for a text that is no config, StartFailedError for a config that does not fit
 */
export async function withGateway<T>(
  config: TestConfig,
  run: (running: RunningGateway) => T | PromiseLike<T>,
  options: MemoryGatewayOptions = {},
): Promise<T> {
  const { logger = memoryLogger() } = options;
  const gateway = createGateway(wholeConfig(config, options), { ...options, logger });
  try {
    const { host, port } = await gateway.listen();
    const url = `http://${host}:${port}`;
    const request: RunningGateway['request'] = async (path, init) =>
      fetch(url + path, { redirect: 'manual', ...init });
    return await run({ gateway, url, port, logger, request });
  } finally {
    await gateway.close({ graceMs: 0 });
  }
}
