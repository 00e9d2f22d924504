/** Counts what our engine carries, test by test, and writes it where the one who judges the run looks. */
import { subscribe } from 'node:diagnostics_channel';
import { appendFileSync } from 'node:fs';
import { Server } from 'node:http';
import { afterEach, beforeEach } from 'node:test';

/** What can be carried: a request that a server answers, one that a pool sends, and either of them by Node. */
export type Carried = 'exchange' | 'call' | 'node';

const counts: Record<Carried, number> = { exchange: 0, call: 0, node: 0 };

/** One more. */
export function note(what: Carried): void {
  counts[what]++;
}

/** Writes a line for each test that ends: its name, and what was carried while it ran. */
export function countPerTest(file: string): void {
  subscribe('http.server.request.start', () => note('node'));
  // A request that Node refuses is not told of, but its connection is.
  subscribe('net.server.socket', (message) => {
    const { server } = (message as { readonly socket: { readonly server?: unknown } }).socket;
    if (server instanceof Server) note('node');
  });
  const before = new Map<unknown, Record<Carried, number>>();
  beforeEach((test) => {
    before.set(test, { ...counts });
  });
  afterEach((test) => {
    const was = before.get(test) ?? counts;
    const { fullName, name } = test as { readonly fullName?: string; readonly name: string };
    const carried = Object.fromEntries(
      Object.entries(counts).map(([what, count]) => [what, count - was[what as Carried]]),
    );
    appendFileSync(file, `${JSON.stringify({ name: fullName ?? name, ...carried })}\n`);
  });
}
