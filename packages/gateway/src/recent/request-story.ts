/** The story of a request: which route it took and why, what each plugin did about it, and where the time went. */
import { type Phase, PHASES } from '../phases.ts';
import { conditionTexts } from '../routing/conditions.ts';
import type { RequestRecord } from './request-record.ts';
import type { PlannedStep, RequestTrace, TracedStep } from './request-trace.ts';

/** What is told of a request in a list. */
export interface RequestLine {
  readonly id: string;
  readonly endedAt: string;
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly route: string | null;
  readonly status: number;
  readonly bytes: number;
  readonly ms: number;
  readonly client: string;
  readonly consumer: string | null;
  readonly failure: RequestRecord['failure'] | null;
  /** Whether it was followed through its phases. */
  readonly followed: boolean;
}

/** All that is known of a request. */
export interface RequestStory extends RequestLine {
  readonly matched: {
    readonly route: string | null;
    readonly path: string | null;
    readonly params: Readonly<Record<string, string>>;
    /** One sentence for each thing that the route asks for. */
    readonly because: readonly string[];
  };
  /** In the order in which they run; empty if the request was not followed. */
  readonly plugins: readonly TracedStep[];
  /** Milliseconds by phase; empty if the request was not followed. */
  readonly phases: Readonly<Partial<Record<Phase, number>>>;
  /** Where it was sent; `null` if it was answered here. */
  readonly upstream: {
    readonly name: string;
    readonly target: string | null;
    readonly attempts: number;
  } | null;
}

/** The record as it stands in a list. */
export function requestLine(record: RequestRecord): RequestLine {
  const { id, method, path, search, route, status, bytes, client } = record;
  return {
    id,
    method,
    path,
    status,
    bytes,
    client,
    endedAt: new Date(record.endedAtMs).toISOString(),
    query: search,
    route: route?.name ?? null,
    ms: rounded(record.durationMs),
    consumer: record.consumer ?? null,
    failure: record.failure ?? null,
    followed: record.trace !== undefined,
  };
}

/** Everything about it. `planned` are the handlers that its route has now, to tell which of them were not reached. */
export function requestStory(record: RequestRecord, planned: readonly PlannedStep[]): RequestStory {
  const { route, params, trace, sent } = record;
  return {
    ...requestLine(record),
    matched: {
      route: route?.name ?? null,
      path: route?.path ?? null,
      params,
      because: reasonsOf(record),
    },
    plugins: trace ? stepsOf(trace, planned) : [],
    phases: trace ? phasesOf(trace) : {},
    upstream: sent
      ? { name: sent.name, target: sent.target ?? null, attempts: sent.attempts }
      : null,
  };
}

function reasonsOf({ route, path, method, host }: RequestRecord): string[] {
  if (!route) return [`no route takes ${method} ${path}`];
  const { host: wanted, methods, match } = route;
  return [
    `the path ${path} matches ${route.path}`,
    ...(wanted === undefined
      ? []
      : [`the host ${host ?? '(none)'} matches ${[wanted].flat().join(', ')}`]),
    ...(methods === undefined
      ? ['the route takes every method']
      : [`${method} meets a route of ${methods.join(', ')}`]),
    ...conditionTexts(match),
  ];
}

function stepsOf(trace: RequestTrace, planned: readonly PlannedStep[]): TracedStep[] {
  const unreached = planned
    .filter(
      ({ plugin, phase }) =>
        !trace.steps.some((step) => step.plugin === plugin && step.phase === phase),
    )
    .map(({ plugin, phase, priority }): TracedStep => {
      return { plugin, phase, priority, verdict: 'not run', ms: 0, calls: 0 };
    });
  const steps = trace.steps.map((step) => ({ ...step, ms: rounded(step.ms) }));
  return PHASES.flatMap((phase) => [...steps, ...unreached].filter((step) => step.phase === phase));
}

function phasesOf(trace: RequestTrace): Partial<Record<Phase, number>> {
  const sums: Partial<Record<Phase, number>> = {};
  for (const { phase, ms } of trace.steps) sums[phase] = (sums[phase] ?? 0) + ms;
  // What stands around the content and the upstream count as well.
  if (trace.contentRuns > 0) sums.content = trace.contentMs;
  const phases = PHASES.filter((phase) => sums[phase] !== undefined);
  return Object.fromEntries(phases.map((phase) => [phase, rounded(sums[phase] as number)]));
}

const rounded = (ms: number): number => Math.round(ms * 1000) / 1000;
