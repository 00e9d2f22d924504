/** startAdmin: lets a gateway be asked and told over an address of its own. */
import type { App } from '@interpose/http';
import { systemClock } from '@interpose/kernel/clock';
import { createServer } from '@interpose/wire';
import { processEnvironment } from '../config/process-environment.ts';
import { jsonLogger, safeLogger } from '../logger.ts';
import { standardPlugins } from '../plugins/standard.ts';
import { RecentRequests } from '../recent/recent-requests.ts';
import { adminApp } from './admin-app.ts';
import type { AdminConfig } from './admin-config.ts';
import {
  ADMIN_HOST,
  ADMIN_PORT,
  type AdminOptions,
  checkAdmin,
  isLoopback,
} from './admin-options.ts';
import { ConfigTags } from './config-tags.ts';
import type { AdminTarget } from './admin-target.ts';

/** An admin API that listens. */
export interface Admin {
  /** Where it can be reached, without a slash at the end. */
  readonly url: string;
  readonly host: string;
  readonly port: number;
  /** Takes over another config: who is let in holds from the next request on, where it listens from the next start on. */
  set(config: AdminConfig): void;
  close(): Promise<void>;
}

/** Whoever reads the last of something is given so long. */
const GRACE_MS = 1000;

/**
 * Opens the admin API of a gateway.
 *
 * @throws TypeError or RangeError for options that are none or would let in anybody, ListenFailedError if the address cannot be had
 * @example
 * const admin = await startAdmin(gateway, { port: 8081, token: 'a-long-random-token' });
 */
export async function startAdmin(gateway: AdminTarget, options: AdminOptions = {}): Promise<Admin> {
  checkAdmin(options);
  const { host = ADMIN_HOST, port = ADMIN_PORT, clock = systemClock } = options;
  const recent = new RecentRequests(clock, options.requests);
  let current: AdminConfig = options;
  const kept = { recent, tags: new ConfigTags() };
  const make = (): App => appOf(gateway, { ...options, ...current, clock }, kept);
  let app = make();
  const server = createServer((exchange) => app.handle(exchange), { clock });
  const forget = gateway.observe(recent);
  try {
    await server.listen({ host, port });
  } catch (error) {
    forget();
    throw error;
  }
  const own = (server.address as { readonly port: number }).port;
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${own}`,
    host,
    port: own,
    set(config) {
      // What is not said any more does not hold any more, but for a token without which strangers could come in.
      const { token = isLoopback(host) ? undefined : current.token, hosts } = config;
      // A config that is sent must not open the way for the next one, so that `outside` stays what it was.
      current = { token, hosts } as AdminConfig;
      app = make();
    },
    async close() {
      forget();
      await server.close({ graceMs: GRACE_MS });
    },
  };
}

function appOf(
  gateway: AdminTarget,
  options: AdminOptions & Required<Pick<AdminOptions, 'clock'>>,
  { recent, tags }: { readonly recent: RecentRequests; readonly tags: ConfigTags },
): App {
  const { token, hosts = [], outside = [], definitions = standardPlugins, clock } = options;
  const { environment = processEnvironment(), logger = jsonLogger({ clock }) } = options;
  return adminApp({
    gateway,
    guarded: { token, hosts },
    source: { definitions, outside, environment, tags },
    recent,
    clock,
    logger: safeLogger(logger),
  });
}
