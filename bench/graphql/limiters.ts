/** The table of limiters: what counting a document takes, how that grows with fragments, and whether the answer depends on how one asks. */
import type { DocumentNode } from 'graphql';
import { CONTENDERS, type Count } from './limiter-contenders.ts';
import { DOCUMENTS, QUESTION } from './limiter-documents.ts';

/** How long one sample is measured at least, in CPU time. */
const SAMPLE_MS = 60;
const SAMPLES = 5;
/** The most microseconds that a bomb of 21 fragments may take. */
const BOMB_US = 2000;

function counted(count: Count, document: DocumentNode): string {
  try {
    const found = count(document);
    return typeof found === 'number' ? `${Math.round(found * 100) / 100}` : found;
  } catch (error) {
    return error instanceof Error ? error.message : 'failed';
  }
}

/** Whoever throws has counted as far as it does. */
function attempt(count: Count, document: DocumentNode): void {
  try {
    count(document);
  } catch {
    // The table of answers shows it.
  }
}

/** Microseconds of CPU time of one sample. */
function sample(count: Count, document: DocumentNode): number {
  let calls = 0;
  let spent = 0;
  const start = process.cpuUsage();
  while (spent < SAMPLE_MS * 1000) {
    const batch = Math.max(1, Math.min(500, calls));
    for (let at = 0; at < batch; at++) attempt(count, document);
    calls += batch;
    const { user, system } = process.cpuUsage(start);
    spent = user + system;
  }
  return spent / calls;
}

const median = (numbers: readonly number[]): number =>
  numbers.toSorted((one, other) => one - other)[numbers.length >> 1] ?? NaN;

const cells = (name: string, ...rest: readonly string[]): string =>
  [name.padEnd(38), ...rest.map((text) => text.slice(0, 24).padStart(20))].join('');

const shown = (us: number): string =>
  us < 100 ? us.toFixed(1) : Math.round(us).toLocaleString('en');

/** The rows of both tables, for contenders whose names have a text in them. */
export function* table(only = ''): Iterable<string> {
  for (const [what, contenders] of Object.entries(CONTENDERS)) {
    const chosen = Object.entries(contenders).filter(([name]) => name.includes(only));
    yield cells(`${what} of one question`, ...Object.keys(QUESTION), 'the same');
    for (const [name, count] of chosen) {
      if (name.startsWith('validation')) continue;
      const answers = Object.values(QUESTION).map((document) => counted(count, document));
      if (answers.every((answer) => answer === '')) continue;
      yield cells(name, ...answers, new Set(answers).size === 1 ? 'yes' : 'NO');
    }
    yield '';
    yield cells(`CPU us to count ${what}`, ...Object.keys(DOCUMENTS), '21 to 11');
    for (const [name, ...times] of measured(chosen)) {
      const [eleven = NaN, bomb = NaN] = times.slice(-2);
      const isMissed = name.startsWith('interpose') && bomb > BOMB_US;
      yield cells(
        name,
        ...times.map(shown),
        `${(bomb / eleven).toFixed(1)}x${isMissed ? ' MISSED' : ''}`,
      );
    }
    yield '';
  }
  yield `Medians of ${SAMPLES} samples, contenders by turns. A bomb of 21 fragments may take ${BOMB_US} us; linear growth is 1.9x.`;
}

/** Every contender on every document, by turns, so that a busy minute falls on all. */
function measured(
  contenders: readonly (readonly [string, Count])[],
): readonly [string, ...number[]][] {
  const documents = Object.values(DOCUMENTS);
  const samples = contenders.map(() => documents.map((): number[] => []));
  for (let round = 0; round <= SAMPLES; round++) {
    for (const [who, [, count]] of contenders.entries()) {
      for (const [which, document] of documents.entries()) {
        const us = sample(count, document);
        // The first round warms up.
        if (round > 0) samples[who]?.[which]?.push(us);
      }
    }
  }
  return contenders.map(([name], who) => [name, ...(samples[who] ?? []).map(median)]);
}
