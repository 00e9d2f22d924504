/** `interpose gateway routes`: lists the routes of a config, or finds the one that answers a request. */
import {
  createGateway,
  type ExplainedRequest,
  type ExplainedRoute,
  explainRequest,
  type GatewayConfig,
  jsonLogger,
  type PassedRoute,
  PHASES,
} from '@interpose/gateway';
import type { CommandIo } from './command-io.ts';
import { loadConfig } from './config-file.ts';
import { CommandFailedError } from './errors.ts';
import { table } from './table.ts';

/** Options of `gateway routes`. */
export interface RoutesOptions {
  /** A request to find the route of: method and URL, or the URL alone. */
  readonly match?: string;
  /** Headers of the request, each as `Name: value`. */
  readonly header?: readonly string[];
  /** Whether to print JSON instead of text. */
  readonly json?: boolean;
}

/** Prints the routes, or what becomes of a request. Gives the exit code: 1 for a request that no route answers. */
export async function printRoutes(
  file: string,
  { match, header = [], json = false }: RoutesOptions,
  io: CommandIo,
): Promise<number> {
  const request = match === undefined ? undefined : requestOf(match, header);
  const config = await loadConfig(file, io);
  const routes = await explained(config, io);
  if (request === undefined) {
    io.out(json ? jsonText({ file, routes: routes.map(withPlugins) }) : listText(routes));
    return 0;
  }
  const found = explainRequest(config, request);
  const route = routes.find(({ name }) => name === found.route);
  if (json) {
    io.out(jsonText({ file, ...found, ...(route && { matched: withPlugins(route) }) }));
  } else io.out(matchText(found, route));
  return isAnswered(found) ? 0 : 1;
}

async function explained(config: GatewayConfig, io: CommandIo): Promise<readonly ExplainedRoute[]> {
  const gateway = createGateway(config, {
    logger: jsonLogger({ write: (line) => io.err(`${line}\n`) }),
  });
  const { routes } = gateway.explain();
  await gateway.close();
  return routes;
}

interface MatchedRequest {
  readonly method: string;
  readonly url: string;
  readonly rawHeaders: readonly string[];
}

function requestOf(match: string, headers: readonly string[]): MatchedRequest {
  const [, method = 'GET', url = ''] = /^\s*(?:([A-Za-z][\w-]*)\s+)?(\S+)\s*$/.exec(match) ?? [];
  if (!/^(https?:\/\/[^/]|\/)/i.test(url)) {
    const form = "expected a request such as 'GET https://host/path', or its URL alone";
    throw new CommandFailedError(`${form}, got ${JSON.stringify(match)}`);
  }
  const rawHeaders = headers.flatMap((header) => {
    const [, name, value] = /^([!#$%&'*+.^`|~\w-]+):[ \t]*(.*)$/.exec(header) ?? [];
    if (name !== undefined && value !== undefined) return [name, value.trim()];
    throw new CommandFailedError(
      `expected a header such as 'X-Name: value', got ${JSON.stringify(header)}`,
    );
  });
  return { method: method.toUpperCase(), url, rawHeaders };
}

function isAnswered({ route, allow, fault }: ExplainedRequest): boolean {
  return route !== undefined && allow === undefined && fault === undefined;
}

function listText(routes: readonly ExplainedRoute[]): string {
  const rows = routes.map(({ name, methods, host = '', path, conditions, answer }) => [
    name,
    methods.join(', ') || 'any method',
    host + path,
    conditions.join(', '),
    answer,
  ]);
  return table(['route', 'methods', 'path', 'if', 'to'], rows);
}

function matchText(found: ExplainedRequest, route: ExplainedRoute | undefined): string {
  const lines = [`${found.method} ${found.target}: ${verdict(found)}`];
  if (route && isAnswered(found)) lines.push(...factsOf(found, route));
  if (found.passed.length > 0) lines.push('passed over:');
  const rows = found.passed.map((passed) => [passed.name, reasonOf(passed, found)]);
  const width = Math.max(0, ...rows.map(([name = '']) => name.length));
  for (const [name = '', reason = ''] of rows) lines.push(`  ${name.padEnd(width)}  ${reason}`);
  return `${lines.join('\n')}\n`;
}

function verdict({ fault, route, allow }: ExplainedRequest): string {
  if (fault !== undefined) return `refused, ${fault}`;
  if (route === undefined) return 'no route, 404';
  return allow ? `no route with this method, 405; there is ${allow.join(', ')}` : `route ${route}`;
}

function factsOf(found: ExplainedRequest, route: ExplainedRoute): string[] {
  const { params, upstream } = found;
  const given = Object.entries(params).map(([name, value]) => `${name} = ${value}`);
  const facts: [string, string][] = [
    [
      'path',
      `${route.host ?? ''}${route.path}${given.length > 0 ? ` with ${given.join(', ')}` : ''}`,
    ],
    ['if', route.conditions.join(', ')],
    ['to', route.answer],
    [
      'asked',
      upstream
        ? `${upstream.target}${upstream.host === undefined ? '' : ` as host ${upstream.host}`}`
        : '',
    ],
    ...pluginsOf(route).map(({ phase, plugins }): [string, string] => [phase, plugins.join(', ')]),
  ];
  return facts
    .filter(([, text]) => text !== '')
    .map(([name, text]) => `  ${name.padEnd(12)}  ${text}`);
}

function reasonOf({ because, details }: PassedRoute, { route }: ExplainedRequest): string {
  if (because === 'host') return `is for host ${details.join(', ')}`;
  if (because === 'method') return `is for ${details.join(', ')}`;
  if (because === 'conditions') return `wants ${details.join(', ')}`;
  return `fits as well; ${route} is more specific, or comes first`;
}

/** The phases in which plugins run, with their names in order. */
function pluginsOf(route: ExplainedRoute): { phase: string; plugins: string[] }[] {
  return PHASES.map((phase) => ({
    phase,
    plugins: route.phases[phase].map(({ name }) => name),
  })).filter(({ plugins }) => plugins.length > 0);
}

function withPlugins(explained: ExplainedRoute): {} {
  const { phases: _, ...route } = explained;
  const plugins = Object.fromEntries(pluginsOf(explained).map((one) => [one.phase, one.plugins]));
  return { ...route, plugins };
}

function jsonText(value: {}): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
