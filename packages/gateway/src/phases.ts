/** The five phases, in the order in which a request meets them. */
import { InvalidPhaseError } from './errors.ts';

/** Access decides, content answers, the filters change the answer on its way out, log looks back. */
export const PHASES = ['access', 'content', 'headerFilter', 'bodyFilter', 'log'] as const;

/** The name of a phase. */
export type Phase = (typeof PHASES)[number];

/** Names of phases as they may be written: ours, and those with an underscore. */
export type PhaseName = Phase | 'header_filter' | 'body_filter';

const BY_NAME: ReadonlyMap<string, Phase> = new Map<string, Phase>([
  ...PHASES.map((phase) => [phase, phase] as const),
  ['header_filter', 'headerFilter'],
  ['body_filter', 'bodyFilter'],
]);

/** True for the name of a phase in either spelling. */
export function isPhase(name: unknown): name is PhaseName {
  return BY_NAME.has(name as string);
}

/**
 * The phase that a name stands for.
 *
 * @throws InvalidPhaseError if there is no such phase
 */
export function phaseOf(name: unknown): Phase {
  const phase = BY_NAME.get(name as string);
  if (!phase) throw new InvalidPhaseError(name);
  return phase;
}
