/** The process that measures: lists a suite, or measures subjects of one case, and prints what it found as JSON. */
import { type Effort, measurePair, type Round } from './paired.ts';
import type { Kind, Subject, Suite, Target } from './suite.ts';

/** What the runner needs to know of a case without loading it. */
export interface CaseOutline {
  readonly name: string;
  readonly subjects: readonly {
    readonly name: string;
    readonly kind: Kind;
    readonly target?: Target;
  }[];
}

/** What is to be measured, by place. */
export interface Task {
  readonly suite: string;
  readonly case: number;
  readonly subjects: readonly number[];
  readonly effort: Effort;
}

const task = JSON.parse(process.argv[2] ?? '{}') as Partial<Task>;
const { suite } = (await import(`./${task.suite}/suite.ts`)) as { suite: Suite };

try {
  console.log(JSON.stringify(task.effort ? await found(task.effort) : outline()));
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = 1;
}

async function found(effort: Effort): Promise<Round[]> {
  const on = suite.cases[task.case ?? -1];
  const rounds: Round[] = [];
  for (const at of task.subjects ?? []) {
    const subject = on?.subjects[at];
    if (!on || !subject) throw new Error(`There is no subject ${at} in case ${task.case}.`);
    rounds.push(await measurePair(on, subject, effort));
  }
  return rounds;
}

function outline(): CaseOutline[] {
  return suite.cases.map(({ name, subjects }) => ({
    name,
    subjects: subjects.map(({ load: _, ...rest }: Subject) => rest),
  }));
}
