/** The middleware and routes that a FastApi has by itself, made from its config. */
import type { App } from '../app.ts';
import type { HttpContext } from '../context/context.ts';
import { CORS_PRESETS } from '../cors-policy.ts';
import { EventLog } from '../events/event-log.ts';
import { apiKey, type ApiKeyMiddleware } from '../middleware/api-key.ts';
import { cors, type CorsMiddleware } from '../middleware/cors.ts';
import type { StaticFilesHandler } from '../files/static-files.ts';
import { OPEN_PATHS } from './default-routes.ts';
import type { FastApiConfig } from './fast-api-options.ts';

/** The middleware that a config asks for. */
export interface Defaults {
  readonly events: EventLog;
  readonly apiKey: ApiKeyMiddleware | undefined;
  readonly cors: CorsMiddleware | undefined;
  /** What should not go into production. */
  readonly warnings: readonly string[];
}

/** @throws TypeError or RangeError for options out of range */
export function defaultsOf(config: FastApiConfig): Defaults {
  const { enableApiKey, enableCors, name, clock } = config;
  const key = enableApiKey ? makeApiKey(config) : undefined;
  const keyName = key?.keyName;
  const origins = enableCors ? makeCors(config, keyName) : undefined;
  const secretNames = [...(config.events.secretNames ?? []), ...(keyName ? [keyName] : [])];
  const warnings = [...(origins?.warnings ?? [])];
  if (key && keyName === undefined) {
    warnings.push('apiKey: no name is set up for the key, so every request is refused');
  }
  return {
    events: new EventLog({ ...config.events, secretNames, name, clock }),
    apiKey: key,
    cors: origins,
    warnings,
  };
}

function makeApiKey({ apiKey: options, environment }: FastApiConfig): ApiKeyMiddleware {
  return apiKey({ ...options, environment, exclude: [...OPEN_PATHS, ...(options.exclude ?? [])] });
}

function makeCors({ cors: options }: FastApiConfig, keyName: string | undefined): CorsMiddleware {
  const headers = options.headers ?? CORS_PRESETS[options.preset ?? 'permissive'].headers;
  // Or no page could bring a key.
  return cors({ ...options, headers: keyName ? [...headers, keyName] : headers });
}

/** Answers with the files of a folder below `/static`. */
export function addStatic<Ctx extends HttpContext>(
  app: App<Ctx>,
  folder: string,
  isOpen: boolean,
): void {
  // What needs a key is for nobody else, and so not for caches that many share.
  const cacheControl = `${isOpen ? 'public' : 'private'}, max-age=3600`;
  let loaded: Promise<StaticFilesHandler> | undefined;
  const load = async (): Promise<StaticFilesHandler> => {
    // Loaded when it is needed, as hosts that speak fetch may have no files.
    const { staticFiles } = await import('../files/static-files.ts');
    return staticFiles(folder, { cacheControl });
  };
  const options = { name: 'static', tags: ['static'], meta: { isDefault: true } };
  app.get('/static/*', options, async (ctx) => (await (loaded ??= load()))(ctx as never));
}
