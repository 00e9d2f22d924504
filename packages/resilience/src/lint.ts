/** lint: names orders of policies that are mistakes. */
import type { Pipeline } from '@interpose/kernel';
import { type Composable, type Layer, layersOf } from '@interpose/kernel/layers';
import { checkNames } from '@interpose/kernel/options';
import type { PolicyDescription } from './policy.ts';

/** What `lint` found. */
export interface Finding {
  /** The rule, for those who want to let one pass. */
  readonly rule: LintRule;
  /** Something that is wrong in every case, or something that is wrong in most. */
  readonly severity: 'mistake' | 'advice';
  /** What is wrong and what to do, in a sentence or two. */
  readonly message: string;
  /** The names of the middleware that it is about, the outermost first. */
  readonly middleware: readonly string[];
}

/** What is known of the call that the pipeline is for. */
export interface LintOptions {
  /** Whether the handler may run more than once for one call without harm. @default nobody knows */
  readonly idempotent?: boolean;
}

/** The rules there are. */
export type LintRule =
  | 'fallback-inside-retry'
  | 'retry-without-attempt-timeout'
  | 'retry-without-total-timeout'
  | 'breaker-outside-retry'
  | 'timeout-never-up'
  | 'mounted-twice'
  | 'repeats-what-is-not-idempotent'
  | 'cache-outside-authentication'
  | 'boundary-not-outermost';

/** A middleware in its place, as the rules see it. */
interface Place {
  readonly name: string;
  readonly layer: Layer;
  readonly policy: string | undefined;
  readonly options: Readonly<Record<string, unknown>>;
}

type Rule = (places: readonly Place[], options: LintOptions) => readonly Omit<Finding, 'rule'>[];

/**
 * Looks at the order of a pipeline, or of a list of middleware from the outermost to the innermost, and names what is a mistake. It says
 * nothing of what it cannot know: no finding is no proof.
 *
 * @throws TypeError for what is neither
 * @example
 * expect(lint(serve)).toEqual([]);
 */
export function lint(
  // oxlint-disable-next-line typescript/no-explicit-any -- pipelines of every kind
  pipeline: Pipeline<any, any, any> | readonly Composable[],
  options: LintOptions = {},
): readonly Finding[] {
  checkNames('lint()', options, ['idempotent']);
  const items = Array.isArray(pipeline)
    ? (pipeline as readonly Composable[])
    : [(pipeline as { middleware(): Composable }).middleware()];
  const places = items.flatMap((item, index) => layersOf(item, index)).flatMap(placesOf);
  return Object.entries(RULES).flatMap(([rule, find]) =>
    find(places, options).map((found) => ({ rule: rule as LintRule, ...found })),
  );
}

/** Those inside a conditional one stand where it stands. */
function placesOf(layer: Layer): Place[] {
  const { describe } = layer.run as { describe?: () => PolicyDescription };
  const { policy, options = {} } = describe?.() ?? {};
  const inside = (layer.traits.children ?? []).flatMap(placesOf);
  return [{ name: layer.name, layer, policy, options }, ...inside];
}

const are =
  (...policies: readonly string[]) =>
  ({ policy }: Place): boolean =>
    policy !== undefined && policies.includes(policy);

const isTimeout = are('timeout');
const isRepeating = are('retry', 'hedge');

/** Who lets in, as far as names and traits tell. */
const isAuthentication = ({ layer, name }: Place): boolean =>
  /^(auth|apiKey|jwt|requireUser|requireRole|requirePermission|basicAuth|bearerAuth)/i.test(name) ||
  layer.traits.phase === 'guard' ||
  (layer.traits.provides ?? []).includes('user');

const isBoundary = ({ name }: Place): boolean =>
  ['exceptionBoundary', 'criticalErrors', 'errorBoundary'].includes(name);

/** Pairs of places of which the first stands further out. */
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

const RULES: Readonly<Record<LintRule, Rule>> = {
  'fallback-inside-retry': (places) =>
    pairs(places, isRepeating, are('fallback')).map(([outer, inner]) => ({
      severity: 'mistake',
      message: `"${outer.name}" never sees a failure: "${inner.name}" further in answers in its place. Put the fallback outside.`,
      middleware: [outer.name, inner.name],
    })),
  'retry-without-attempt-timeout': (places) =>
    places
      .filter((place, at) => are('retry')(place) && !places.slice(at + 1).some(isTimeout))
      .map(({ name }) => ({
        severity: 'mistake',
        message: `One attempt of "${name}" may take for ever, or all the time there is. Put a timeout further in, for each attempt.`,
        middleware: [name],
      })),
  'retry-without-total-timeout': (places) =>
    places
      .filter((place, at) => are('retry')(place) && !places.slice(0, at).some(isTimeout))
      .map(({ name }) => ({
        severity: 'advice',
        message: `All attempts of "${name}" and the pauses between them together have no limit. Put a timeout further out, for the whole.`,
        middleware: [name],
      })),
  'breaker-outside-retry': (places) =>
    pairs(places, are('circuitBreaker'), are('retry')).map(([outer, inner]) => ({
      severity: 'advice',
      message: `"${outer.name}" counts only what "${inner.name}" could not mend, and cannot stop its attempts. Put the breaker inside the retry.`,
      middleware: [outer.name, inner.name],
    })),
  'timeout-never-up': (places) =>
    pairs(places, isTimeout, isTimeout).flatMap(([outer, inner]) => {
      const [total, attempt] = [outer, inner].map(({ options }) => options['timeoutMs']);
      if (typeof total !== 'number' || typeof attempt !== 'number' || attempt < total) return [];
      return {
        severity: 'mistake',
        message: `"${inner.name}" (${attempt} ms) is never up before "${outer.name}" (${total} ms) further out. Make it shorter.`,
        middleware: [outer.name, inner.name],
      };
    }),
  'mounted-twice': (places) =>
    places
      .filter(({ policy, layer }, at) => {
        const before = places.slice(0, at);
        return policy !== undefined && before.some((one) => one.layer.run === layer.run);
      })
      .map(({ name }) => ({
        severity: 'mistake',
        message: `"${name}" stands in the pipeline twice and counts every call twice. Make a second one.`,
        middleware: [name],
      })),
  'repeats-what-is-not-idempotent': (places, { idempotent }) =>
    idempotent === false
      ? places.filter(isRepeating).map(({ name }) => ({
          severity: 'mistake',
          message: `"${name}" may run the call more than once, which is not idempotent. Take it out, or make the call idempotent by a key.`,
          middleware: [name],
        }))
      : [],
  'cache-outside-authentication': (places) =>
    pairs(places, are('cache', 'coalesce'), isAuthentication).map(([outer, inner]) => ({
      severity: 'mistake',
      message: `"${outer.name}" answers before "${inner.name}" has let anybody in: one caller may get what is another's. Put it further in, with the caller in its key.`,
      middleware: [outer.name, inner.name],
    })),
  'boundary-not-outermost': (places) =>
    places
      .filter((place, at) => at > 0 && isBoundary(place) && !places.slice(0, at).every(isBoundary))
      .map(({ name }) => ({
        severity: 'mistake',
        message: `"${name}" does not see what those further out throw. Put it first.`,
        middleware: [name],
      })),
};
