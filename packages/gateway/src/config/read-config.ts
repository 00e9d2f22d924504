/** Reads the config of a gateway from YAML or JSON: checked whole, every fault at once and with its place. */
import type { GatewayConfig } from '../gateway-config.ts';
import type { PluginDefinition } from '../plugin.ts';
import type { Environment } from './environment.ts';
import { defaultListen, listenShape } from './listen.ts';
import { pluginList } from './plugin-uses.ts';
import { createReport, type Problem, type Report } from './problem.ts';
import { readSource } from './read-source.ts';
import { checkRelations } from './relations.ts';
import { readRoutes } from './routes.ts';
import { optional, readFields, required } from './shape.ts';
import type { SourceNode } from './source.ts';
import { upstreamsShape } from './upstreams.ts';

/** Options of `readConfig`. */
export interface ReadConfigOptions {
  /** The name of the file, for messages. */
  readonly file: string;
  /** The plugins that the config may name. Each is made once on trial, with the options it is given, and not kept. */
  readonly plugins: readonly PluginDefinition[];
  /** Where `${NAME}` is looked up. @default process.env */
  readonly environment?: Environment;
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
  const { file, plugins, environment = process.env } = options;
  const report = createReport(file);
  const source = readSource(text, { environment, report });
  const config = source && readDocument(source, plugins, report);
  const problems = report.problems();
  return report.errors() > 0 || config === undefined
    ? { config: undefined, problems }
    : { config, problems };
}

/** The document; to be trusted only if the report has no error. */
function readDocument(
  source: SourceNode,
  plugins: readonly PluginDefinition[],
  report: Report,
): GatewayConfig | undefined {
  const list = pluginList(plugins);
  const routesNode = source.kind === 'map' ? source.entries.get('routes')?.value : undefined;
  const routes = readRoutes(routesNode, { plugins: list, report });
  const document = readFields<GatewayConfig>(
    source,
    {
      listen: optional(listenShape, defaultListen),
      upstreams: optional(upstreamsShape, {}),
      plugins: optional(list, []),
      // Read above, so that the routes can be held against each other even when some have faults.
      routes: required(() => routes.map(({ route }) => route) as GatewayConfig['routes']),
    },
    { what: 'a config', report },
  );
  checkRelations({ source, routes, report });
  return document as GatewayConfig | undefined;
}
