/** The table of the fake organization: what each thing costs with 1,000 and with 100,000 accounts, and how that grows. */
import { cloneAndScan, type Call, type Name, ours, type Prepare } from './subjects.ts';

/** The most microseconds that it may take with 100,000 accounts. */
const TARGETS: Partial<Readonly<Record<Name, number>>> = {
  create: 10,
  equality: 2,
  contains: 10_000,
  join: 29_000,
  'snapshot and restore': 100,
  'new context with the core schema': 1000,
};

const FEW = 1000;
const MANY = 100_000;
/** How long each is measured, in CPU time. */
const SAMPLE_MS = 400;

/** Microseconds of CPU time a call, the least of three samples. */
function measured(call: Call): number {
  let input = 0;
  const next = (): number => (input += 7919);
  for (let at = 0; at < 3; at++) call(next());
  let least = Infinity;
  for (let sample = 0; sample < 3; sample++) {
    let calls = 0;
    let spent = 0;
    const start = process.cpuUsage();
    while (spent < (SAMPLE_MS / 3) * 1000) {
      const batch = Math.max(1, Math.min(1000, calls));
      for (let at = 0; at < batch; at++) call(next());
      calls += batch;
      const { user, system } = process.cpuUsage(start);
      spent = user + system;
    }
    least = Math.min(least, spent / calls);
  }
  return least;
}

const shown = (us: number): string =>
  us < 1000 ? `${us.toPrecision(3)} us` : `${(us / 1000).toPrecision(3)} ms`;

function rowOf(name: string, prepare: Prepare, target: number | undefined): string {
  const few = measured(prepare(FEW));
  const many = measured(prepare(MANY));
  const exponent = Math.log(many / few) / Math.log(MANY / FEW);
  const kept = target === undefined ? '' : `${shown(target)}${many <= target ? '' : ' MISSED'}`;
  return [
    name.padEnd(56),
    ...[shown(few), shown(many), exponent.toFixed(2), kept].map((text) => text.padStart(20)),
  ].join('');
}

/** The rows whose names have a text in them, one after the other. */
export function* table(only = ''): Iterable<string> {
  yield [
    'CPU time of a call'.padEnd(56),
    ...['1,000', '100,000', 'exponent', 'target'].map((text) => text.padStart(20)),
  ].join('');
  for (const [name, prepare] of Object.entries(ours)) {
    if (!name.includes(only)) continue;
    yield rowOf(name, prepare, TARGETS[name as Name]);
    const scanning = cloneAndScan[name as Name];
    if (scanning) yield rowOf(`  copying and going through all`, scanning, undefined);
  }
  yield 'better-sqlite3 is not measured: it needs Node 22 or newer. With an index its join took 29 to 49 ms elsewhere.';
}
