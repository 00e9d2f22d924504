/** What a guard costs: ten layers under it, beside the same ten without. */
import type { Case, Subject } from '../suite.ts';

// Loaded only where it is measured: an older commit may not have it.
const layers = () => import('./guarded-layers.ts');

type Layers = Awaited<ReturnType<typeof layers>>;

function caseOf(
  name: string,
  {
    unguarded,
    guarded,
    answer,
  }: { unguarded: keyof Layers; guarded: keyof Layers; answer: number },
): Case {
  const input = (): { n: number } => ({ n: 0 });
  const load = (which: keyof Layers) => async () => (await layers())[which]();
  const ours: Subject = {
    name: 'interpose, guarded',
    kind: 'ours',
    // 150 ns a layer, with metrics on.
    target: { beyond: 1500 },
    load: load(guarded),
  };
  return {
    name,
    input,
    trials: [{ input, answer }],
    limit: load(unguarded),
    subjects: [{ name: 'unguarded', kind: 'limit', load: load(unguarded) }, ours],
  };
}

export const guardedCases: readonly Case[] = [
  caseOf('a guard round ten layers that await', {
    unguarded: 'awaitingUnguarded',
    guarded: 'awaitingGuarded',
    answer: 10,
  }),
  caseOf('a guard round ten layers that pass through', {
    unguarded: 'passingUnguarded',
    guarded: 'passingGuarded',
    answer: 0,
  }),
];
