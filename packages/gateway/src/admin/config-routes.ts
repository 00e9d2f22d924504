/** The config over the admin API: to be read without its secrets, and to be replaced whole by whoever knows which one it replaces. */
import { type App, type HttpContext, HttpError } from '@interpose/http';
import type { Environment } from '../config/environment.ts';
import { formatProblem, type Problem } from '../config/problem.ts';
import { readConfig } from '../config/read-config.ts';
import { readSecretFile } from '../config/secret-file.ts';
import { ConfigReplacedError, StartFailedError } from '../errors.ts';
import type { GatewayConfig } from '../gateway-config.ts';
import type { PluginDefinition } from '../definition/plugin.ts';
import type { AdminTarget } from './admin-target.ts';
import { described, FLAG, LIST, OBJECT, record } from './answer-schemas.ts';
import type { ConfigTags } from './config-tags.ts';
import { redactedConfig } from '../config/redacted-config.ts';

/** What is needed to read configs. */
export interface ConfigSource {
  readonly definitions: readonly PluginDefinition[];
  /** What a config that is sent may take in: names of variables, and `file:/path`. */
  readonly outside: readonly string[];
  readonly environment: Environment;
  readonly tags: ConfigTags;
}

/** Larger than any config that a person keeps. */
const MOST_BYTES = 4 * 1024 * 1024;
const TAGS = ['config'] as const;

/** Adds the routes. */
export function addConfigRoutes(app: App, gateway: AdminTarget, source: ConfigSource): void {
  const { tags } = source;
  app.get(
    '/config',
    {
      tags: TAGS,
      summary: 'The config that holds, without its secrets',
      description: 'Its ETag is what a PUT has to bring as `If-Match`.',
      responses: { 200: described(OBJECT) },
    },
    (ctx) => {
      const { config } = gateway;
      const tag = tags.of(config);
      ctx.response.headers.set('ETag', tag);
      ctx.response.headers.set('Cache-Control', 'no-cache');
      if (ctx.headers.get('if-none-match') !== tag)
        return redactedConfig(config, source.definitions) as object;
      ctx.response.status = 304;
      return null;
    },
  );
  app.on(
    ['PUT'],
    '/config',
    {
      tags: TAGS,
      summary: 'Puts another config in the place of the one that holds',
      description:
        'The body is the text of the config, YAML or JSON. `If-Match` says which one it replaces: its ETag, or `*` for whichever. With `?dryRun` it is only checked.',
      responses: {
        200: record({ applied: FLAG, warnings: LIST, report: OBJECT }),
        412: { description: 'Another config has come in between' },
        422: { description: 'The config is not sound; `problems` has everything that is wrong' },
        428: { description: 'It does not say which one it replaces' },
      },
    },
    async (ctx) => put(ctx as unknown as HttpContext, gateway, source),
  );
}

async function put(ctx: HttpContext, gateway: AdminTarget, source: ConfigSource): Promise<object> {
  const { tags } = source;
  const isDryRun = ctx.query.has('dryRun') && ctx.query.get('dryRun') !== 'false';
  const before = gateway.config;
  if (!isDryRun) checkMatch(ctx, tags.of(before));
  const text = await textOf(ctx);
  const { config, problems } = readConfig(text, {
    file: 'config',
    plugins: source.definitions,
    ...outsideOf(source),
  });
  if (!config) throw unsound(problems);
  const warnings = problems.map(shownProblem);
  if (isDryRun) return { applied: false, warnings, report: {} };
  const instead = ctx.headers.get('if-match') === '*' ? undefined : before;
  const report = await replaced(gateway, config, instead);
  ctx.response.headers.set('ETag', tags.of(config));
  return { applied: true, warnings, report };
}

async function replaced(
  gateway: AdminTarget,
  config: GatewayConfig,
  instead: GatewayConfig | undefined,
): Promise<object> {
  try {
    return await gateway.reload(config, instead && { instead });
  } catch (error) {
    if (ConfigReplacedError.is(error)) throw outOfDate();
    // An address that is taken, a certificate that cannot be used: it is the config that asks for them.
    if (!isCoded(error)) throw error;
    const errors = StartFailedError.is(error) ? error.errors : [error];
    throw new HttpError(422, 'The gateway cannot take this config; the one before holds on', {
      code: 'CONFIG_NOT_SOUND',
      members: { problems: errors.map(({ message }) => ({ severity: 'error', message })) },
      cause: error,
    });
  }
}

/** Errors of `wire` have codes, too, and are of a kind of their own. */
function isCoded(error: unknown): error is Error {
  return error instanceof Error && typeof (error as { code?: unknown }).code === 'string';
}

function checkMatch({ headers }: HttpContext, tag: string): void {
  const wanted = headers.get('if-match');
  if (wanted === undefined) {
    throw new HttpError(428, 'Say in If-Match which config this one replaces', {
      headers: { ETag: tag },
    });
  }
  const tags = wanted.split(',').map((one) => one.trim());
  if (wanted !== '*' && !tags.includes(tag)) throw outOfDate();
}

function outOfDate(): HttpError {
  return new HttpError(412, 'Another config has come in between; read it and try again');
}

async function textOf(ctx: HttpContext): Promise<string> {
  ctx.maxBodyBytes = MOST_BYTES;
  const bytes = await ctx.body.bytes();
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new HttpError(400, 'The config is no text in UTF-8', { cause });
  }
}

/** Whoever may send a config must not thereby read whatever this process may read. */
function outsideOf({ outside, environment }: ConfigSource): {
  readonly environment: Environment;
  readonly readSecret: (path: string) => string;
} {
  const names = outside.filter((name) => !name.startsWith('file:'));
  return {
    environment: Object.fromEntries(
      names
        .filter((name) => Object.hasOwn(environment, name))
        .map((name) => [name, environment[name]]),
    ),
    readSecret: (path) => {
      if (!outside.includes(`file:${path}`)) throw new Error('`admin.outside` does not list it');
      return readSecretFile(path);
    },
  };
}

function unsound(problems: readonly Problem[]): HttpError {
  const isOutside = problems.some(({ code }) => code === 'CFG005');
  const hint = isOutside ? '; variables are there for it only if `admin.outside` lists them' : '';
  return new HttpError(422, `The config is not sound; the one before holds on${hint}`, {
    code: 'CONFIG_NOT_SOUND',
    members: { problems: problems.map(shownProblem) },
  });
}

function shownProblem(problem: Problem): object {
  return { ...problem, text: formatProblem(problem) };
}
