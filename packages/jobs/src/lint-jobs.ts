/** lintJobs: names orders of a pipeline of jobs that are mistakes. */
import type { Pipeline } from '@interpose/kernel';
import { type Composable, type Layer, layersOf } from '@interpose/kernel/layers';
import {
  type Finding,
  lint,
  type LintOptions,
  type PolicyDescription,
} from '@interpose/resilience';

/** The rules there are for jobs, beside those of `lint`. */
export type JobLintRule =
  | 'tracking-inside-retry'
  | 'metrics-inside-retry'
  | 'key-freed-between-attempts'
  | 'heartbeat-inside-retry'
  | 'heartbeat-inside-timeout'
  | 'put-off-unseen'
  | 'fallback-hides-failures';

/** What `lintJobs` found. */
export interface JobFinding extends Omit<Finding, 'rule'> {
  readonly rule: JobLintRule | Finding['rule'];
}

/** A middleware in its place, as the rules see it. */
interface Place {
  readonly name: string;
  readonly policy: string | undefined;
}

type Found = Omit<JobFinding, 'rule'>;

/**
 * Looks at the order of a pipeline of jobs, or of a list of middleware from the outermost to the innermost, and names what is a mistake:
 * what `lint` of resilience finds, and what is wrong for jobs alone. It says nothing of what it cannot know.
 *
 * @throws TypeError for what is neither
 * @example
 * expect(lintJobs(jobs).filter(({ severity }) => severity === 'mistake')).toEqual([]);
 */
export function lintJobs(
  // oxlint-disable-next-line typescript/no-explicit-any -- pipelines of every kind
  pipeline: Pipeline<any, any, any> | readonly Composable[],
  options: LintOptions = {},
): readonly JobFinding[] {
  const general = lint(pipeline, options);
  const items = Array.isArray(pipeline)
    ? (pipeline as readonly Composable[])
    : [(pipeline as { middleware(): Composable }).middleware()];
  const places = items.flatMap((item, index) => layersOf(item, index)).flatMap(placesOf);
  const own = RULES.flatMap(([rule, find]) =>
    find(places).map((found): JobFinding => ({ rule, ...found })),
  );
  return [...general, ...own];
}

/** Those inside a conditional one stand where it stands. */
function placesOf(layer: Layer): Place[] {
  const { describe } = layer.run as { describe?: () => PolicyDescription };
  const inside = (layer.traits.children ?? []).flatMap(placesOf);
  return [{ name: layer.name, policy: describe?.().policy }, ...inside];
}

const are =
  (...policies: readonly string[]) =>
  ({ policy }: Place): boolean =>
    policy !== undefined && policies.includes(policy);

/** Pairs of which the first stands further out. */
function pairs(
  places: readonly Place[],
  isOuter: (place: Place) => boolean,
  isInner: (place: Place) => boolean,
): [outer: Place, inner: Place][] {
  return places.flatMap((outer, at) =>
    isOuter(outer)
      ? places
          .slice(at + 1)
          .filter(isInner)
          .map((inner): [Place, Place] => [outer, inner])
      : [],
  );
}

/** A rule on two that stand the wrong way round. */
function inside(
  outer: readonly string[],
  inner: readonly string[],
  say: (outer: string, inner: string) => Pick<Found, 'severity' | 'message'>,
): (places: readonly Place[]) => Found[] {
  return (places) =>
    pairs(places, are(...outer), are(...inner)).map(([one, other]) => ({
      ...say(one.name, other.name),
      middleware: [one.name, other.name],
    }));
}

const REPEATING = ['retry', 'hedge'];
/** Whoever may put a job off. */
const PUTTING_OFF = [
  'memoryLimit',
  'cpuLimit',
  'concurrency',
  'rateLimit',
  'unique',
  'idempotency',
];

const RULES: readonly (readonly [JobLintRule, (places: readonly Place[]) => Found[]])[] = [
  [
    'tracking-inside-retry',
    inside(REPEATING, ['jobTracking'], (outer, inner) => ({
      severity: 'mistake',
      message: `"${inner}" takes each attempt of "${outer}" for a run of its own and counts some twice. Put it outside.`,
    })),
  ],
  [
    'metrics-inside-retry',
    inside(REPEATING, ['jobMetrics'], (outer, inner) => ({
      severity: 'mistake',
      message: `"${inner}" sees nothing of the pauses of "${outer}". Put it outside, or measure attempts with \`metrics()\`.`,
    })),
  ],
  [
    'key-freed-between-attempts',
    inside(REPEATING, ['idempotency', 'unique'], (outer, inner) => ({
      severity: 'mistake',
      message: `"${inner}" lets go of its key between two attempts of "${outer}": another worker may take it, and this job is put off in its midst. Put it outside.`,
    })),
  ],
  [
    'heartbeat-inside-retry',
    inside(REPEATING, ['heartbeat'], (outer, inner) => ({
      severity: 'mistake',
      message: `"${inner}" does not beat in the pauses of "${outer}", and the lease may be lost in one. Put it outside.`,
    })),
  ],
  [
    'heartbeat-inside-timeout',
    inside(['timeout'], ['heartbeat'], (outer, inner) => ({
      severity: 'mistake',
      message: `"${inner}" beats on for a handler that "${outer}" has abandoned, when the job may be somebody else's. Put it outside.`,
    })),
  ],
  [
    'put-off-unseen',
    inside(PUTTING_OFF, ['jobTracking', 'jobMetrics'], (outer, inner) => ({
      severity: 'advice',
      message: `"${inner}" does not see the jobs that "${outer}" puts off. Put it outside.`,
    })),
  ],
  ['fallback-hides-failures', fallbackHides],
];

/** A job that has been answered has not failed. */
function fallbackHides(places: readonly Place[]): Found[] {
  const told = places.filter(are('deadLetter', 'alert')).map(({ name }) => name);
  if (told.length === 0) return [];
  return places.filter(are('fallback')).map(({ name }) => ({
    severity: 'advice',
    message: `What "${name}" answers in the place of an error counts as done: ${told.map((one) => `"${one}"`).join(' and ')} will not hear of it. Let it answer only what is no failure.`,
    middleware: [name, ...told],
  }));
}
