/** Makes the options of the `cors` plugin of what a service and an operation say of it. */
import { mapOf, shownSpec, type SpecMap } from './spec-document.ts';
import { below, type SpecReport } from './spec-problem.ts';

/** The words that are understood, and what they are called in the plugin. */
const NAMES: Readonly<Record<string, string>> = {
  origins: 'origins',
  methods: 'methods',
  headers: 'headers',
  exposeHeaders: 'exposeHeaders',
  credentials: 'credentials',
  maxAgeMs: 'maxAgeMs',
  allow_origins: 'origins',
  allow_methods: 'methods',
  allow_headers: 'headers',
  expose_headers: 'exposeHeaders',
  allow_credentials: 'credentials',
  max_age: 'maxAgeMs',
};

/** What is said of it, and where. */
export interface SaidCors {
  readonly value: unknown;
  readonly path: string;
}

/** The options: those of the operation over those of the service. Nothing where either says `false`, or none says anything. */
export function corsOptions(said: readonly SaidCors[], report: SpecReport): SpecMap | undefined {
  let merged: Record<string, unknown> | undefined;
  for (const { value, path } of said) {
    if (value === undefined || value === null || value === true) continue;
    const map = mapOf(value);
    if (!map && value !== false) {
      report.error(path, `expected a mapping, or false, got ${shownSpec(value)}`);
      continue;
    }
    if (!map || map['enabled'] === false) merged = undefined;
    else merged = { ...merged, ...optionsOf(map, path, report) };
  }
  const origins = merged?.['origins'];
  if (!merged || (Array.isArray(origins) && origins.length)) return merged;
  const last = said.findLast(({ value }) => mapOf(value))?.path ?? '';
  return report.error(last, 'allow_origins must be a non-empty array');
}

function optionsOf(map: SpecMap, path: string, report: SpecReport): Record<string, unknown> {
  const options: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(map)) {
    if (key === 'enabled') continue;
    const name = Object.hasOwn(NAMES, key) ? NAMES[key] : undefined;
    if (name === undefined) report.error(below(path, key), 'cors has no such option');
    // Only the older word counts in seconds.
    else options[name] = key === 'max_age' && typeof value === 'number' ? value * 1000 : value;
  }
  return options;
}
