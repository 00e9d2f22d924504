/** The variables of the environment that hold settings by section and key: what each may be, and what it is if nobody sets it. */

/** What a setting may be. */
export interface SettingRule {
  readonly type: 'number' | 'flag' | 'text' | 'list';
  readonly default: number | boolean | string | readonly string[];
  /** Where it goes in a config; nowhere, if nothing in this gateway is of its kind. */
  readonly to?: SettingPlace;
}

/** A place in a config. */
export interface SettingPlace {
  /** A section at the top, every upstream, what every upstream says of `health`, or the options of a plugin of all routes. */
  readonly in: 'listen' | 'connections' | 'system' | 'upstreams' | 'health' | SettingPlugin;
  readonly key: string;
  /** What the number is multiplied by: settings have seconds where configs have milliseconds. */
  readonly times?: number;
  /** Whether a plugin that the config does not use is put to use for it. */
  readonly adds?: boolean;
}

/** A plugin that settings speak of. */
export interface SettingPlugin {
  readonly plugin: string;
}

const SECONDS = 1000;
const limit: SettingPlugin = { plugin: 'rate-limit' };
const cors: SettingPlugin = { plugin: 'cors' };

const number = (value: number, to?: SettingPlace): SettingRule => rule('number', value, to);
const flag = (value: boolean, to?: SettingPlace): SettingRule => rule('flag', value, to);
const text = (value: string): SettingRule => rule('text', value);
const list = (value: readonly string[], to: SettingPlace): SettingRule => rule('list', value, to);

function rule(
  type: SettingRule['type'],
  value: SettingRule['default'],
  to?: SettingPlace,
): SettingRule {
  return { type, default: value, ...(to && { to }) };
}

/** A place for a number of seconds. */
function inMs(where: SettingPlace['in'], key: string): SettingPlace {
  return { in: where, key, times: SECONDS };
}

/** Every setting that is known by name. */
export const SETTING_RULES: Readonly<Record<string, SettingRule>> = {
  SERVER_PORT: number(8080, { in: 'listen', key: 'port' }),
  SERVER_WORKER_PROCESSES: text('auto'),
  SERVER_WORKER_CONNECTIONS: number(1024, { in: 'connections', key: 'maxConnections' }),
  SERVER_KEEPALIVE: number(75, inMs('connections', 'keepAliveMs')),
  SYSTEM_CLEANUP_INTERVAL: number(10, inMs('system', 'cleanupIntervalMs')),
  LOGGING_LEVEL: text('notice'),
  LOGGING_BUFFER_SIZE: text('4k'),
  LOGGING_FLUSH_INTERVAL: text('1s'),
  LOGGING_ACCESS_LOG: flag(true),
  LOGGING_ERROR_LOG: flag(true),
  SECURITY_RATE_LIMIT_REQUESTS: number(100, { in: limit, key: 'limit', adds: true }),
  SECURITY_RATE_LIMIT_WINDOW: number(60, inMs(limit, 'windowMs')),
  SECURITY_RATE_LIMIT_BURST: number(120, { in: limit, key: 'burst' }),
  SECURITY_IP_BAN_MAX_FAILS: number(10, { in: limit, key: 'banAfter' }),
  SECURITY_IP_BAN_DURATION: number(3600, inMs(limit, 'banMs')),
  CACHE_ENABLED: flag(true),
  CACHE_DEFAULT_TTL: number(3600),
  CACHE_MAX_SIZE: text('10m'),
  CACHE_MIN_USES: number(2),
  PROXY_CONNECT_TIMEOUT: number(60, inMs('upstreams', 'connectTimeoutMs')),
  PROXY_READ_TIMEOUT: number(60, inMs('upstreams', 'firstByteTimeoutMs')),
  PROXY_SEND_TIMEOUT: number(60, inMs('upstreams', 'idleTimeoutMs')),
  MONITORING_HEALTH_CHECK_INTERVAL: number(5, inMs('health', 'intervalMs')),
  MONITORING_HEALTH_CHECK_TIMEOUT: number(3, inMs('health', 'timeoutMs')),
  CORS_ALLOW_ORIGINS: list([], { in: cors, key: 'origins', adds: true }),
  CORS_ALLOW_METHODS: list(['GET', 'POST', 'PUT', 'DELETE', 'OPTIONS'], {
    in: cors,
    key: 'methods',
  }),
  CORS_ALLOW_HEADERS: list(['Content-Type', 'Authorization', 'X-Request-ID'], {
    in: cors,
    key: 'headers',
  }),
  CORS_ALLOW_CREDENTIALS: flag(false, { in: cors, key: 'credentials' }),
  CORS_MAX_AGE: number(3600, inMs(cors, 'maxAgeMs')),
};
