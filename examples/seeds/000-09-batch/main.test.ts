/** Checks who is served together with whom, when, and what each one gets. */
import { fakeClock, type Pending, pending } from '@interpose/testing';
import { describe, expect, test } from 'vitest';
import { main, makeLibrary, NoSuchRowError, type Row } from './main.ts';

interface Query extends Pending<readonly Row[]> {
  readonly table: string;
  readonly ids: readonly number[];
  readonly signal: AbortSignal;
}

function setUp() {
  const clock = fakeClock();
  const queries: Query[] = [];
  const library = makeLibrary((table, ids, signal) => {
    const query = Object.assign(pending<readonly Row[]>(), { table, ids, signal });
    queries.push(query);
    return query;
  }, clock);
  const outcomeOf = async (row: PromiseLike<Row>): Promise<unknown> => {
    try {
      return await row;
    } catch (error) {
      return { error };
    }
  };
  const asked = (): string[] => queries.map(({ table, ids }) => `${table} ${ids.join(' ')}`);
  return { clock, queries, asked, outcomeOf, ...library };
}

const book = (id: number): Row => ({ id, title: `book ${id}` });

describe('the library', () => {
  test('M-80 M-82 000-9 asks at once when ten are together, and nobody waits for those before', async () => {
    const { load, asked, queries, clock } = setUp();
    const rows = Array.from({ length: 20 }, (_, id) => load('books', id));
    expect(asked()).toEqual(['books 0 1 2 3 4 5 6 7 8 9', 'books 10 11 12 13 14 15 16 17 18 19']);
    queries[1]?.resolve(queries[1].ids.map(book));
    expect(await rows[10]).toEqual(book(10));
    expect(clock.pending).toBe(0);
  });

  test('M-80 M-83 000-9 asks for fewer a tenth of a second after the first of them', async () => {
    const { load, asked, clock } = setUp();
    void load('books', 1);
    await clock.advance(60);
    void load('books', 2);
    await clock.advance(39);
    expect(asked()).toEqual([]);
    await clock.advance(1);
    expect(asked()).toEqual(['books 1 2']);
    void load('books', 3);
    await clock.advance(99);
    expect(asked()).toHaveLength(1);
    await clock.advance(1);
    expect(asked()).toEqual(['books 1 2', 'books 3']);
  });

  test('M-81 000-9 never asks for books and authors at once', async () => {
    const { load, asked, clock } = setUp();
    for (const table of ['books', 'authors', 'books']) void load(table, 1);
    await clock.advance(100);
    expect(asked()).toEqual(['books 1 1', 'authors 1']);
  });

  test('M-84 000-9 gives each reader its own row, in whatever order they come', async () => {
    const { load, queries, clock } = setUp();
    const rows = [3, 1, 2].map((id) => load('books', id));
    await clock.advance(100);
    queries[0]?.resolve([book(1), book(2), book(3)]);
    expect(await Promise.all(rows)).toEqual([book(3), book(1), book(2)]);
  });

  test('M-85 000-9 tells all of them when the database is down', async () => {
    const { load, outcomeOf, queries, clock } = setUp();
    const rows = [1, 2].map((id) => outcomeOf(load('books', id)));
    await clock.advance(100);
    const error = new Error('down');
    queries[0]?.reject(error);
    for (const got of await Promise.all(rows)) expect(got).toHaveProperty('error', error);
  });

  test('M-86 000-9 tells only the one whose row is not there', async () => {
    const { load, outcomeOf, queries, clock } = setUp();
    const rows = [1, 2].map((id) => outcomeOf(load('books', id)));
    await clock.advance(100);
    queries[0]?.resolve([book(2)]);
    const [missing, there] = await Promise.all(rows);
    expect((missing as { error: unknown }).error).toBeInstanceOf(NoSuchRowError);
    expect(there).toEqual(book(2));
  });

  test('M-88 000-9 does not ask for who has left, and goes on for the others', async () => {
    const { load, loadFor, outcomeOf, queries, asked, clock } = setUp();
    const reader = new AbortController();
    const rows = [outcomeOf(loadFor(reader.signal, 'books', 1)), outcomeOf(load('books', 2))];
    reader.abort('gone');
    expect(await rows[0]).toEqual({ error: 'gone' });
    await clock.advance(100);
    expect(asked()).toEqual(['books 2']);
    queries[0]?.resolve([book(2)]);
    expect(await rows[1]).toEqual(book(2));
  });

  test('M-88 000-9 ends the query when all have left', async () => {
    const { loadFor, outcomeOf, queries, clock } = setUp();
    const reader = new AbortController();
    const row = outcomeOf(loadFor(reader.signal, 'books', 1));
    await clock.advance(100);
    reader.abort('gone');
    expect(await row).toEqual({ error: 'gone' });
    expect(queries[0]?.signal.reason).toBe('gone');
  });

  test('M-89 000-9 closes: who waits is served, who comes later is sent away', async () => {
    const { load, loads, outcomeOf, queries, asked, clock } = setUp();
    const row = load('books', 1);
    const closing = loads.close();
    expect(asked()).toEqual(['books 1']);
    queries[0]?.resolve([book(1)]);
    await closing;
    expect(await row).toEqual(book(1));
    expect(await outcomeOf(load('books', 2))).toMatchObject({ error: { code: 'DISPOSED' } });
    expect(clock.pending).toBe(0);
  });

  test('000-9 main tells it as it happens', async () => {
    const lines: string[] = [];
    await main((line) => lines.push(line));
    expect(lines).toContain('  query: books 5, 100');
    expect(lines.at(-1)).toContain('DisposedError');
  });
});
