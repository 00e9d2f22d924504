/** `interpose gateway explain`: shows what runs for each route, and in which order. */
import {
  createGateway,
  type ExplainedRoute,
  type Explanation,
  jsonLogger,
  type Phase,
  PHASES,
} from '@interpose/gateway';
import type { CommandIo } from './command-io.ts';
import { loadConfig } from './config-file.ts';
import { table } from './table.ts';

const LEGEND =
  'In each phase, what is for all routes runs first; then a smaller priority runs first.';

/** Options of `gateway explain`. */
export interface ExplainOptions {
  /** Whether to print JSON instead of a table. */
  readonly json?: boolean;
}

/** One plugin in one phase of one route. */
interface PlacedPlugin {
  readonly phase: Phase;
  readonly name: string;
  readonly priority: number;
  readonly state: 'active' | 'disabled';
  /** Where it comes from: `all routes`, or the route. */
  readonly from: string;
}

/** Prints the plugins of each route in their effective order. Gives the exit code. */
export async function explainGateway(
  file: string,
  options: ExplainOptions,
  io: CommandIo,
): Promise<number> {
  const config = await loadConfig(file, io);
  const gateway = createGateway(config, {
    logger: jsonLogger({ write: (line) => io.err(`${line}\n`) }),
  });
  const explanation = gateway.explain();
  await gateway.close();
  const routes = explanation.routes.map((route) => ({
    route,
    plugins: pluginsOf(route, explanation),
  }));
  if (options.json) {
    const data = routes.map(({ route, plugins }) => ({
      name: route.name,
      host: route.host,
      path: route.path,
      methods: route.methods,
      answer: route.answer,
      plugins,
    }));
    io.out(`${JSON.stringify({ file, routes: data }, null, 2)}\n`);
  } else {
    const texts = routes.map(({ route, plugins }) => routeText(route, plugins));
    io.out(`${texts.join('\n')}\n${LEGEND}\n`);
  }
  return 0;
}

/** The active plugins in the order in which they run, each phase's disabled ones where they would. */
function pluginsOf(route: ExplainedRoute, { disabled }: Explanation): PlacedPlugin[] {
  return PHASES.flatMap((phase) => {
    const active = route.phases[phase].map(({ name, priority, scope }) => ({
      phase,
      name,
      priority,
      state: 'active' as const,
      from: scope,
    }));
    const off = disabled
      .filter(
        (item) =>
          item.phase === phase &&
          (item.scope === 'all routes' || item.scope === `route ${route.name}`),
      )
      .map(({ name, priority, scope }) => ({
        phase,
        name,
        priority,
        state: 'disabled' as const,
        from: scope,
      }));
    const isLocal = ({ from }: PlacedPlugin): number => Number(from !== 'all routes');
    return [...active, ...off].sort(
      (one, other) => isLocal(one) - isLocal(other) || one.priority - other.priority,
    );
  });
}

function routeText(route: ExplainedRoute, plugins: readonly PlacedPlugin[]): string {
  const { name, host = '', path, methods, answer, around } = route;
  const title = `${name}: ${methods.join(', ') || 'any method'} ${host}${path}`;
  const rows = PHASES.flatMap((phase) => {
    const own = plugins
      .filter((plugin) => plugin.phase === phase)
      .map((plugin) => [String(plugin.priority), plugin.name, plugin.state, plugin.from]);
    const inner =
      phase === 'content'
        ? [...around.map((one) => ['', one, 'active', 'around']), ['', answer, '', '']]
        : [];
    return [...own, ...inner].map((row, index) => [index === 0 ? phase : '', ...row]);
  });
  return `${title}\n${table(['phase', 'priority', 'plugin', 'state', 'from'], rows, ['priority'])}`;
}
