/** Batch: calls that come within a tenth of a second share one query, and each gets the row that is its own. */
import { pathToFileURL } from 'node:url';
import { type CallContext, type Clock, CodedError, wrap } from '@interpose/kernel';
import { type Batch, batch, smallBatch } from '@interpose/resilience';
import { type FakeClock, fakeClock } from '@interpose/testing';

/** A row of a table. */
export interface Row {
  readonly id: number;
  readonly title: string;
}

/** There is no row with that id. */
export class NoSuchRowError extends CodedError {
  static override readonly code: string = 'NO_SUCH_ROW';
}

/** Asks a database once for many rows, in any order; those that it does not have are left out. */
export type QueryMany = (
  table: string,
  ids: readonly number[],
  signal: AbortSignal,
) => Promise<readonly Row[]>;

/** What a call of `load` brings. */
export type Load = CallContext<{ readonly signal?: AbortSignal }>;

/** A library whose readers are served together. */
export interface Library {
  /** Loads one row. */
  load(table: string, id: number): PromiseLike<Row>;
  /** The same, for a reader who may leave. */
  loadFor(reader: AbortSignal, table: string, id: number): PromiseLike<Row>;
  readonly loads: Batch<Load, number, Row>;
}

/** Makes a library. Calls of one function for one table go together: ten at most, or what comes within 100 ms. */
export function makeLibrary(query: QueryMany, clock?: Clock): Library {
  const loads: Batch<Load, number, Row> = batch({
    ...smallBatch,
    name: 'loads',
    key: ({ funcName, args }: Load) => `${funcName}:${String(args[0])}`,
    item: ({ args }: Load) => args[1] as number,
    async execute(ids: readonly number[], { key = '', signal }) {
      const rows = await query(key.slice(key.indexOf(':') + 1), ids, signal);
      const byId = new Map(rows.map((row) => [row.id, row]));
      // One answer for each id, in their order; an error is the answer to that one call.
      return ids.map((id) => byId.get(id) ?? new NoSuchRowError(`There is no row ${id}.`));
    },
    ...(clock && { clock }),
  });
  const load = wrap(async function load(table: string, id: number): Promise<Row> {
    throw new NoSuchRowError(`${table} ${id} was asked for without the batch.`);
  }, loads);
  return {
    loads,
    load: (table, id) => load(table, id),
    loadFor: (signal, table, id) => load.withContext({ signal }, table, id),
  };
}

/** A day in the library, on a clock that the example moves. */
export async function main(print: (line: string) => void = console.log): Promise<void> {
  const clock: FakeClock = fakeClock();
  const library = makeLibrary(async (table, ids) => {
    print(`  query: ${table} ${ids.join(', ')}`);
    return ids.filter((id) => id < 100).map((id) => ({ id, title: `${table} no. ${id}` }));
  }, clock);
  library.loads.on('flushed', ({ size, reason }) => print(`  ${size} together (${reason})`));
  const outcomeOf = async (row: PromiseLike<Row>): Promise<string> => {
    try {
      return (await row).title;
    } catch (error) {
      return String(error);
    }
  };

  print('twelve readers want books, one wants an author');
  const readers = Array.from({ length: 12 }, (_, id) => outcomeOf(library.load('books', id)));
  const writer = outcomeOf(library.load('authors', 7));
  await clock.advance(100);
  print(`the last reader gets ${await readers.at(-1)}, the writer ${await writer}`);

  print('one wants a book that is not there, one leaves');
  const leaving = new AbortController();
  const three = [
    outcomeOf(library.load('books', 5)),
    outcomeOf(library.load('books', 100)),
    outcomeOf(library.loadFor(leaving.signal, 'books', 6)),
  ];
  leaving.abort(new Error('the reader has left'));
  await clock.advance(100);
  for (const outcome of await Promise.all(three)) print(outcome);

  print('the library closes while one still waits');
  const last = outcomeOf(library.load('books', 1));
  await library.loads.close();
  print(await last);
  print(await outcomeOf(library.load('books', 2)));
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await main();
