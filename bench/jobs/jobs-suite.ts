/** The suite `jobs`: what a job costs through BullMQ alone, through ours on the same Redis, and in memory. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { aligned, linesOf, shown } from '../figures.ts';
import { median } from '../paired.ts';
import type { Bundle } from '../rounds.ts';
import type { JobsFound, JobsOrder, SubjectName } from './order.ts';
import { type BenchRedis, startBenchRedis } from './redis.ts';

const run = promisify(execFile);

const SUBJECTS: readonly SubjectName[] = [
  'bare BullMQ',
  'interpose, no middleware',
  'interpose, full stack',
  'interpose, no middleware, memory',
  'interpose, full stack, memory',
];
const REFERENCE = 'bare BullMQ';
/** The most processor time that a job may take in relation to BullMQ alone. */
const TARGETS: Partial<Readonly<Record<SubjectName, number>>> = { 'interpose, full stack': 1.1 };
const CONCURRENCIES: readonly number[] = [1, 20];

/** What is asked for. */
export interface JobsPlan {
  readonly bundle: Bundle;
  readonly only: string;
  readonly quick: boolean;
  readonly json: boolean;
  readonly rounds?: number;
}

/** One measured number. */
export interface JobsFigure {
  readonly suite: 'jobs';
  readonly case: string;
  readonly subject: SubjectName;
  readonly unit: 'cpu us a job' | 'jobs a second';
  readonly median: number;
  /** Processor time in relation to BullMQ alone: the median of the rounds, and the least and the greatest. */
  readonly ratio: number | null;
  readonly range: readonly [number, number] | null;
  readonly target: number | null;
  readonly met: boolean | null;
}

/** The subjects of a case of which anything is asked; the reference is measured beside them. */
export function subjectsOf(concurrency: number, only: string): readonly SubjectName[] {
  const asked = SUBJECTS.filter((name) => `${caseOf(concurrency)} / ${name}`.includes(only));
  return asked.length ? SUBJECTS.filter((name) => name === REFERENCE || asked.includes(name)) : [];
}

/** Whether there is anything to do. */
export const hasJobs = (only: string): boolean =>
  CONCURRENCIES.some((concurrency) => subjectsOf(concurrency, only).length > 0);

const caseOf = (concurrency: number): string => `${concurrency} at once`;

/** Measures everything and gives the table or the lines. */
export async function benchJobs(plan: JobsPlan): Promise<string> {
  const program = await plan.bundle('jobs/consumer.ts');
  const redis = await startBenchRedis();
  try {
    const figures: JobsFigure[] = [];
    for (const concurrency of CONCURRENCIES) {
      const subjects = subjectsOf(concurrency, plan.only);
      if (subjects.length)
        figures.push(...(await measured({ program, redis, plan }, concurrency, subjects)));
    }
    return plan.json ? linesOf(figures) : tableOf(figures);
  } finally {
    redis.stop();
  }
}

interface Bench {
  readonly program: string;
  readonly redis: BenchRedis;
  readonly plan: JobsPlan;
}

async function measured(
  bench: Bench,
  concurrency: number,
  subjects: readonly SubjectName[],
): Promise<JobsFigure[]> {
  const { quick, rounds = quick ? 1 : 7 } = bench.plan;
  const jobs = quick ? 20 : 10_000;
  const found = new Map<SubjectName, JobsFound[]>(subjects.map((subject) => [subject, []]));
  for (let round = 0; round < rounds; round++) {
    // Each round begins with another one, so that nobody always follows the same.
    const first = round % subjects.length;
    for (const subject of [...subjects.slice(first), ...subjects.slice(0, first)]) {
      const [warm, full] = ['warm', 'full'].map(
        (name) => `${name}-${subject.replaceAll(/\W+/g, '-')}`,
      );
      const queues = [
        { name: warm ?? '', jobs: Math.ceil(jobs / 3) },
        { name: full ?? '', jobs },
      ];
      found.get(subject)?.push(await once(bench, { subject, queues, concurrency }));
    }
  }
  return figuresOf(caseOf(concurrency), jobs, found);
}

/** One fresh process. */
async function once({ program, redis }: Bench, order: Omit<JobsOrder, 'port'>): Promise<JobsFound> {
  const inRedis = order.subject.endsWith('memory') ? [] : order.queues;
  for (const { name, jobs } of inRedis) await redis.fill(name, jobs);
  // No environment of the caller's may change how the measured process is compiled or collected.
  const { NODE_OPTIONS: _, ...env } = process.env;
  const args = [program, JSON.stringify({ ...order, port: redis.port } satisfies JobsOrder)];
  const { stdout } = await run(process.execPath, args, { env });
  for (const { name } of inRedis) await redis.empty(name);
  const found = JSON.parse(stdout) as JobsFound;
  const { jobs = 0 } = order.queues.at(-1) ?? {};
  if (found.sum !== (jobs * (jobs - 1)) / 2) {
    throw new Error(`"${order.subject}" has not run each job once: ${stdout}`);
  }
  return found;
}

function figuresOf(
  name: string,
  jobs: number,
  found: ReadonlyMap<SubjectName, readonly JobsFound[]>,
): JobsFigure[] {
  const reference = found.get(REFERENCE) ?? [];
  return [...found].flatMap(([subject, rounds]) => {
    const ratios = rounds.map(({ cpuMs }, at) => cpuMs / (reference[at]?.cpuMs ?? Number.NaN));
    const ratio = median(ratios);
    const target = TARGETS[subject] ?? null;
    const place = { suite: 'jobs', case: name, subject } as const;
    const rate = median(rounds.map(({ ms }) => (jobs / ms) * 1000));
    const cpu = median(rounds.map(({ cpuMs }) => (cpuMs / jobs) * 1000));
    const none = { ratio: null, range: null, target: null, met: null };
    return [
      {
        ...place,
        unit: 'cpu us a job',
        median: cpu,
        ratio,
        range: [Math.min(...ratios), Math.max(...ratios)],
        target,
        met: target === null ? null : ratio <= target,
      },
      { ...place, unit: 'jobs a second', median: rate, ...none },
    ];
  });
}

function tableOf(figures: readonly JobsFigure[]): string {
  const lines: string[][] = [];
  for (const [at, figure] of figures.entries()) {
    const { case: name, subject, unit, median: cpu, ratio, range, target, met } = figure;
    if (unit !== 'cpu us a job') continue;
    if (figures[at - 1]?.case !== name) {
      lines.push([], [`jobs: ${name}`, 'CPU us', 'jobs/s', 'ratio', 'range', 'target', '']);
    }
    lines.push([
      `  ${subject}`,
      shown(cpu),
      (figures[at + 1]?.median ?? Number.NaN).toFixed(0),
      ratio?.toFixed(2) ?? '',
      (range ?? []).map((end) => end.toFixed(2)).join(' to '),
      target === null ? '' : `<= ${target.toFixed(2)}`,
      met === null ? '' : met ? 'met' : 'MISSED',
    ]);
  }
  return `${aligned(lines.slice(1))}\n\nA ratio is processor time in relation to BullMQ alone, in fresh processes by turns. What Redis spends is not in it.\n`;
}
