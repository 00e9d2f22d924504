/** The command line of the benchmarks. */
import { parseArgs } from 'node:util';
import { compare } from './compare.ts';
import { figuresOf, judge, linesOf, tableOf } from './figures.ts';
import { benchJobs, hasJobs } from './jobs/jobs-suite.ts';
import {
  type Bundle,
  measureAll,
  type Place,
  placesOf,
  type Plan,
  quick,
  thorough,
} from './rounds.ts';
import { benchProcesses, partsOf } from './processes/run.ts';
import { callSuites, JOBS, processSuites, suites } from './suites.ts';

const USAGE = `Usage: npm run bench -- [SUITE ...] [options]
       npm run bench -- compare REV [SUITE ...] [options]

Suites: ${suites.join(', ')}. None named: all.
compare measures this working tree against the commit REV; it leaves whole servers and jobs out.

  --only TEXT   only what has TEXT in "case / subject"
  --rounds N    fresh processes for each subject (default ${thorough.rounds}, whole servers 3)
  --json        one line of JSON a figure
  --quick       only see that everything runs; the numbers mean nothing
  --help        print this
`;

const OPTIONS = {
  only: { type: 'string' },
  rounds: { type: 'string' },
  json: { type: 'boolean' },
  quick: { type: 'boolean' },
  help: { type: 'boolean' },
} as const;

/** Does what the arguments say; gives the exit code. */
export async function main(args: readonly string[], bundle: Bundle): Promise<number> {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      options: OPTIONS,
      allowPositionals: true,
    });
    if (values.help) return print(USAGE);
    const compares = positionals[0] === 'compare';
    const named = compares ? positionals.slice(2) : positionals;
    const chosen = named.length ? named : suites;
    for (const name of chosen) {
      if (!suites.includes(name)) throw new TypeError(`There is no suite \`${name}\`.`);
    }
    const plan = planOf(values);
    if (compares) {
      const rev = positionals[1];
      if (!rev) throw new TypeError('compare needs a commit.');
      const calling = chosen.filter((name) => callSuites.includes(name));
      if (!calling.length) throw new TypeError('compare cannot measure whole servers.');
      return print(await compare(rev, { bundle, suites: calling, plan, json: !!values.json }));
    }
    return print(await bench(bundle, chosen, plan, values));
  } catch (error) {
    const misused = error instanceof TypeError;
    process.stderr.write(`${(error as Error).message}\n${misused ? `\n${USAGE}` : ''}`);
    return misused ? 2 : 1;
  }
}

interface Values {
  readonly quick?: boolean;
  readonly only?: string;
  readonly rounds?: string;
  readonly json?: boolean;
}

function planOf(values: Values): Plan {
  const plan = values.quick ? quick : thorough;
  const rounds = values.rounds === undefined ? plan.rounds : Number(values.rounds);
  if (!Number.isSafeInteger(rounds) || rounds < 1) {
    throw new TypeError(
      `Expected \`--rounds\` to be a whole number, 1 or more, got \`${values.rounds}\`.`,
    );
  }
  return { ...plan, rounds, only: values.only ?? plan.only };
}

async function bench(
  bundle: Bundle,
  chosen: readonly string[],
  plan: Plan,
  values: Values,
): Promise<string> {
  const { quick = false, json = false, rounds } = values;
  const served = processSuites.filter(
    (suite) => chosen.includes(suite.name) && partsOf(suite, plan.only).length > 0,
  );
  const program = await bundle('child.ts');
  const places: Place[] = [];
  for (const suite of chosen) {
    if (callSuites.includes(suite)) places.push(...(await placesOf(program, suite, plan)));
  }
  const runsJobs = chosen.includes(JOBS) && hasJobs(plan.only);
  if (!places.length && !served.length && !runsJobs)
    throw new TypeError(`Nothing has \`${plan.only}\` in its name.`);
  const texts: string[] = [];
  if (places.length) {
    const rows = judge(places, await measureAll(program, places, plan));
    texts.push(json ? linesOf(figuresOf(rows)) : tableOf(rows));
  }
  const some = rounds === undefined ? {} : { rounds: plan.rounds };
  for (const suite of served) {
    texts.push(await benchProcesses(suite, { bundle, only: plan.only, quick, json, ...some }));
  }
  if (runsJobs) texts.push(await benchJobs({ bundle, only: plan.only, quick, json, ...some }));
  return texts.join(json ? '' : '\n');
}

function print(text: string): number {
  process.stdout.write(text);
  return 0;
}
