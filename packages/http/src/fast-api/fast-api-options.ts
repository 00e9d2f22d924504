/** What a FastApi is made with, checked and made whole. */
import type { Clock } from '@interpose/kernel';
import { systemClock } from '@interpose/kernel/clock';
import { checkNames, outOfRange, unexpected } from '@interpose/kernel/options';
import type { AppOptions } from '../app.ts';
import { type Environment, processEnvironment } from '../environment.ts';
import type { EventLogOptions } from '../events/event-log-options.ts';
import type { ApiKeyOptions } from '../middleware/api-key.ts';
import type { CorsOptions } from '../middleware/cors.ts';
import { type AdminOptions, checkAdminOptions } from './admin-routes.ts';

/** Options of `createFastApi`. */
export interface FastApiOptions {
  /** Other characters than letters, digits, `_`, `-`, spaces and brackets become `_`. @default 'Fast_API' */
  readonly name?: string;
  /** One to three numbers, such as `1.2.3` or `v1.2`. @default 'v0.1.0' */
  readonly version?: string;
  /** @default '' */
  readonly description?: string;
  /** Where it lies on an app that it is mounted on. @default '/' */
  readonly basePath?: string;
  /** Whether pages of other origins may call. @default false */
  readonly enableCors?: boolean;
  /** Whether requests need an API key. @default false */
  readonly enableApiKey?: boolean;
  /** Whether there are the routes for status, version, documentation and the cookie form. @default true */
  readonly defaultRoutes?: boolean;
  /** Whether the documentation needs nothing from elsewhere; it never does. @default true */
  readonly docsOffline?: boolean;
  /** Whether there are the routes under `/admin`, which tell of the app; only with `enableApiKey`. @default false */
  readonly addAdmin?: boolean;
  /** Which of the routes under `/admin` there are, and where. @default all of them */
  readonly admin?: AdminOptions;
  /** A folder whose files are answered with below `/static`. @default none */
  readonly staticFolder?: string;
  /** Whether a request whose client has left goes no further. @default false */
  readonly skipAbandoned?: boolean;
  /** Shows the message and the stack of unexpected errors to clients; for development. @default false */
  readonly showErrors?: boolean;
  /** How other origins may call. @default permissive */
  readonly cors?: CorsOptions;
  /** How keys are checked; what it excludes comes to what is excluded anyway. */
  readonly apiKey?: Omit<ApiKeyOptions, 'environment'>;
  /** How requests are recorded. */
  readonly events?: Omit<EventLogOptions, 'name' | 'clock'>;
  /** How the app itself behaves. */
  readonly app?: AppOptions;
  /** @default the one of the process */
  readonly environment?: Environment;
  /** Identifies the server. @default FAST_API__SERVER_ID of the environment, or a new id */
  readonly serverId?: string;
  /** Is given what should not go into production, when it is set up. @default the console */
  readonly onWarning?: (warning: string) => void;
  /** @default systemClock */
  readonly clock?: Clock;
}

/** The options with what was left out. */
export type FastApiConfig = Required<Omit<FastApiOptions, 'staticFolder'>> &
  Pick<FastApiOptions, 'staticFolder'>;

const DEFAULTS = {
  name: 'Fast_API',
  version: 'v0.1.0',
  description: '',
  basePath: '/',
  enableCors: false,
  enableApiKey: false,
  defaultRoutes: true,
  docsOffline: true,
  addAdmin: false,
  admin: {},
  skipAbandoned: false,
  showErrors: false,
  cors: {},
  apiKey: {},
  events: {},
  app: {},
} as const satisfies FastApiOptions;

const FLAGS = [
  'enableCors',
  'enableApiKey',
  'defaultRoutes',
  'docsOffline',
  'addAdmin',
  'skipAbandoned',
  'showErrors',
] as const;
const OTHERS = ['staticFolder', 'environment', 'serverId', 'onWarning', 'clock'] as const;

const VERSION = /^v?\d{1,3}(?:\.\d{1,3}){0,2}$/;

/** @throws TypeError or RangeError for options out of range */
export function configOf(options: FastApiOptions): FastApiConfig {
  checkNames('createFastApi', options, [...Object.keys(DEFAULTS), ...OTHERS]);
  const environment = options.environment ?? processEnvironment();
  const given = { ...DEFAULTS, ...options };
  for (const flag of FLAGS) {
    if (typeof given[flag] !== 'boolean') throw unexpected(flag, 'true or false', given[flag]);
  }
  checkAdminOptions(given.admin);
  if (!VERSION.test(given.version)) {
    throw outOfRange('version', 'one to three numbers, such as v1.2.3', given.version);
  }
  if (given.addAdmin && !given.enableApiKey) {
    throw outOfRange('addAdmin', '`false` without `enableApiKey`', given.addAdmin);
  }
  return {
    ...given,
    name: given.name.replaceAll(/[^\w ()-]/g, '_'),
    environment,
    serverId: options.serverId ?? environment['FAST_API__SERVER_ID'] ?? crypto.randomUUID(),
    onWarning: options.onWarning ?? warn,
    clock: options.clock ?? systemClock,
  };
}

function warn(warning: string): void {
  // oxlint-disable-next-line no-console -- whoever starts the server is to see it, unless he has said where else
  console.warn(warning);
}
