/** Reads the config of a gateway from YAML or JSON: checked whole, every fault at once and with its place. */
import type { GatewayConfig, PluginUse } from '../gateway-config.ts';
import type { PluginDefinition } from '../definition/plugin.ts';
import { adminShape, healthShape } from './admin.ts';
import { withSettings } from './apply-settings.ts';
import { checkDoubts } from './doubts.ts';
import type { Environment } from './environment.ts';
import { connectionsShape } from './connections.ts';
import { defaultListen, listenShape, shutdownShape } from './listen.ts';
import { listenersShape } from './listeners.ts';
import { checkNeeds } from './needs.ts';
import { rememberOutside } from './outside-texts.ts';
import { pluginList } from './plugin-uses.ts';
import { described, type JsonSchema, schemaOf, tells } from './probe.ts';
import { createReport, type Problem, type Report } from './problem.ts';
import { readSource } from './read-source.ts';
import { checkRelations } from './relations.ts';
import { readRoute, readRoutes } from './routes.ts';
import { flag, text as plainText } from './scalar-shapes.ts';
import { readSecretFile } from './secret-file.ts';
import { optional, readFields, required, type Shape } from './shape.ts';
import type { SourceNode } from './source.ts';
import { systemShape } from './system.ts';
import { trustedProxiesShape } from './trusted-proxies.ts';
import { upstreamsShape } from './upstreams.ts';

/** Options of `readConfig`. */
export interface ReadConfigOptions {
  /** The name of the file, for messages. */
  readonly file: string;
  /** The plugins that the config may name. Each is made once on trial, with the options it is given, and not kept. */
  readonly plugins: readonly PluginDefinition[];
  /** The names of plugins that code registers; whether needs of them are met is found out at the start. @default none */
  readonly registered?: readonly string[];
  /** Where `${NAME}` is looked up. @default process.env */
  readonly environment?: Environment;
  /** Gives the text of a file for `${file:/path}`, or throws an error that says why not. @default from the disk */
  readonly readSecret?: (path: string) => string;
}

/** A config, and what is doubtful about it; or no config, and what is wrong. */
export type ConfigReading =
  | { readonly config: GatewayConfig; readonly problems: readonly Problem[] }
  | { readonly config: undefined; readonly problems: readonly Problem[] };

/**
 * Reads the config of a gateway.
 *
 * @example
 * const { config, problems } = readConfig(text, { file: 'gateway.yaml', plugins: standardPlugins });
 * for (const problem of problems) console.error(formatProblem(problem));
 */
export function readConfig(text: string, options: ReadConfigOptions): ConfigReading {
  const { file, plugins, environment = process.env, readSecret = readSecretFile } = options;
  const report = createReport(file);
  const outside = new Set<string>();
  const written = readSource(text, { environment, readSecret, outside, report });
  const source = written && asksForSettings(written) ? withSettings(written, environment) : written;
  const config = source && readDocument(source, plugins, report);
  if (source && config && report.errors() === 0) checkDoubts(source, { config, report });
  if (config && report.errors() === 0)
    checkNeeds(source, { config, plugins, report, registered: options.registered });
  const problems = report.problems();
  if (config !== undefined) rememberOutside(config, outside);
  return report.errors() > 0 || config === undefined
    ? { config: undefined, problems }
    : { config, problems };
}

/** The document; to be trusted only if the report has no error. */
export function readDocument(
  source: SourceNode,
  plugins: readonly PluginDefinition[],
  report: Report,
): GatewayConfig | undefined {
  const list = pluginList(plugins);
  const routesNode = source.kind === 'map' ? source.entries.get('routes')?.value : undefined;
  const routes = readRoutes(routesNode, { plugins: list, report });
  const document = readFields<GatewayConfig & ReadingHints>(
    source,
    {
      listen: optional(listenShape, defaultListen),
      listeners: optional(listenersShape),
      connections: optional(connectionsShape),
      shutdown: optional(shutdownShape),
      admin: optional(adminShape),
      health: optional(healthShape),
      system: optional(systemShape),
      trustedProxies: optional(trustedProxiesShape),
      upstreams: optional(upstreamsShape, {}),
      plugins: optional(list, []),
      // Read above, so that the routes can be held against each other even when some have faults.
      routes: required((node) =>
        tells(node, () => routesSchema(list), 'list')
          ? undefined
          : (routes.map(({ route }) => route) as GatewayConfig['routes']),
      ),
      environmentSettings: optional(settingsSwitch),
      $schema: optional(plainText({ wanted: 'the address of a schema, for editors' })),
    },
    { what: 'a config', report },
  );
  checkRelations({ source, routes, report });
  if (document === undefined) return undefined;
  const { $schema: _, environmentSettings: _too, ...config } = document;
  return config as GatewayConfig;
}

/** What is in a config for those who read it alone. */
interface ReadingHints {
  /** For editors. */
  readonly $schema?: string;
  /** Whether settings of the environment stand in for what the file leaves open. */
  readonly environmentSettings?: boolean;
}

const settingsSwitch = described(
  'Whether variables such as SERVER_PORT stand in for what this file leaves open.',
  flag,
  { default: false },
);

function asksForSettings(document: SourceNode): boolean {
  const node = document.kind === 'map' ? document.entries.get('environmentSettings')?.value : null;
  return node?.kind === 'scalar' && node.value === true;
}

function routesSchema(plugins: Shape<readonly PluginUse[]>): JsonSchema {
  const items = schemaOf((node, report) => readRoute(node, { plugins, report }));
  return { type: 'array', items, minItems: 1, description: 'Which requests go where.' };
}
