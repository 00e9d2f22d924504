/** Tells what a gateway does with the requests of each route, as data. */
import type { GatewayConfig, RouteConfig } from './gateway-config.ts';
import { type Phase, PHASES } from './phases.ts';
import type { ChainItem } from './registry/plugin-list.ts';
import type { ContentMiddleware } from './route-plan.ts';
import { conditionTexts } from './routing/conditions.ts';
import { answerText } from './routing/describe-route.ts';

/** One handler in its place. */
export interface ExplainedStep {
  readonly name: string;
  readonly priority: number;
  readonly scope: ChainItem['scope'];
}

/** What happens to the requests of a route. */
export interface ExplainedRoute {
  readonly name: string;
  readonly path: string;
  /** Empty for every method. */
  readonly methods: readonly string[];
  /** Several are told with commas between. */
  readonly host: string | undefined;
  /** What else a request must have, in words. */
  readonly conditions: readonly string[];
  readonly phases: Readonly<Record<Phase, readonly ExplainedStep[]>>;
  /** What stands around the content phase, outermost first. */
  readonly around: readonly string[];
  /** Where the answer comes from. */
  readonly answer: string;
}

/** What a gateway does. */
export interface Explanation {
  readonly routes: readonly ExplainedRoute[];
  /** What happens to requests that no route matches. */
  readonly otherwise: ExplainedRoute;
  /** Handlers that are switched off. */
  readonly disabled: readonly ChainItem[];
}

/** What `explainRoute` looks at. */
export interface RouteParts {
  /** `undefined` for requests that no route matches. */
  readonly route: RouteConfig | undefined;
  readonly chain: (phase: Phase) => readonly ChainItem[];
  readonly onion: readonly ContentMiddleware[];
  readonly upstreams: GatewayConfig['upstreams'];
}

const NO_ROUTE: Pick<RouteConfig, 'name' | 'path' | 'methods' | 'host' | 'match'> = {
  name: '(no route)',
  path: '/*',
};

/** What happens to the requests of one route. */
export function explainRoute({ route, chain, onion, upstreams }: RouteParts): ExplainedRoute {
  const phases = Object.fromEntries(
    PHASES.map((phase) => [
      phase,
      chain(phase).map(({ name, priority, scope }) => ({ name, priority, scope })),
    ]),
  ) as unknown as ExplainedRoute['phases'];
  const { name, path, methods = [], host, match } = route ?? NO_ROUTE;
  const around = onion.map((middleware) => middleware.name || '(no name)');
  return {
    name,
    path,
    methods,
    host: typeof host === 'object' ? host.join(', ') : host,
    conditions: conditionTexts(match),
    phases,
    around,
    answer: route ? answerText(route, upstreams) : 'problem 404',
  };
}
