/** AdminOptions: what the admin API is told, and whether it can be let out like that. */
import type { Clock } from '@interpose/kernel';
import { checkNames, outOfRange, unexpected } from '@interpose/kernel/options';
import type { Environment } from '../config/environment.ts';
import type { Logger } from '../logger.ts';
import type { PluginDefinition } from '../definition/plugin.ts';
import type { AdminConfig } from './admin-config.ts';

/** Options of `startAdmin`. */
export interface AdminOptions extends AdminConfig {
  /** The plugins that a config may name. @default standardPlugins */
  readonly definitions?: readonly PluginDefinition[];
  /** Where the variables are that `outside` lists. @default that of the process */
  readonly environment?: Environment;
  /** @default systemClock */
  readonly clock?: Clock;
  /** @default jsonLogger() */
  readonly logger?: Logger;
}

/** The host if nobody says another. */
export const ADMIN_HOST = '127.0.0.1';
/** The port if nobody says another. */
export const ADMIN_PORT = 8081;
/** Shorter ones can be guessed. */
const LEAST_TOKEN = 16;
const TOKEN = /^[\w.~+/-]+=*$/;

/** What a token must be, in words. */
export const TOKEN_WANTED: string = `${LEAST_TOKEN} or more of A-Z a-z 0-9 - . _ ~ + /`;
/** What must be where others can come from, in words. */
export const TOKEN_NEEDED = 'beyond loopback the admin API needs a token';

const NAMES: readonly (keyof AdminOptions)[] = [
  'host',
  'port',
  'token',
  'hosts',
  'outside',
  'requests',
  'definitions',
  'environment',
  'clock',
  'logger',
];

/** True for a token that will do. */
export function isToken(token: unknown): token is string {
  return typeof token === 'string' && token.length >= LEAST_TOKEN && TOKEN.test(token);
}

/** True if only this machine can reach what listens there. A name that stands for who knows what is none. */
export function isLoopback(host: string): boolean {
  return /^(?:localhost|127(?:\.\d{1,3}){3}|::1|0:0:0:0:0:0:0:1)$/i.test(host);
}

/**
 * Checks what can be checked before anything listens.
 *
 * @throws TypeError or RangeError for options that are none, or that would let in anybody
 */
export function checkAdmin(options: AdminOptions): void {
  checkNames('admin', options, NAMES);
  const { host = ADMIN_HOST, port = ADMIN_PORT, token, hosts = [], outside = [] } = options;
  if (typeof host !== 'string' || host === '') throw unexpected('admin.host', 'a host', host);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    throw outOfRange('admin.port', 'a whole number from 0 to 65535', port);
  }
  if (token !== undefined && !isToken(token)) {
    throw unexpected('admin.token', TOKEN_WANTED, typeof token);
  }
  if (token === undefined && !isLoopback(host)) {
    throw unexpected('admin.token', `there: ${TOKEN_NEEDED}`, undefined);
  }
  for (const [name, list] of Object.entries({ hosts, outside })) {
    const isList = Array.isArray(list) && list.every((one) => typeof one === 'string');
    if (!isList) throw unexpected(`admin.${name}`, 'a list of texts', list);
  }
}
