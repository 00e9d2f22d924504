/** BullMQ on a real Postgres keeps what every driver owes, but for what is named here. */
import { createPostgresBackend } from 'bullmq';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { bullmqKit } from '../test-kit/bullmq-kit.ts';
import { driverContract } from '../test-kit/driver-contract.ts';
import {
  isWithoutPostgres,
  type PostgresServer,
  startPostgres,
} from '../test-kit/postgres-server.ts';

/** The cases that do not hold, and why. One that holds after all fails here, and is to be taken out. */
const DIFFERENT: ReadonlyMap<string, string> = new Map([
  ['data of every kind come to the consumer: null', '`null` comes back as `{}`'],
  ['data of every kind come to the consumer: prototype names', 'keys of objects are sorted anew'],
  ['jobs are counted and listed by state', 'a page of a list may overlap the one before'],
  [
    'a paused queue hands out nothing until it is resumed',
    'jobs of a paused queue are neither counted nor listed as waiting',
  ],
  [
    'to close by force aborts, and gives the jobs back',
    'a job that was given back is not marked as redelivered',
  ],
  ['what the dead have left goes before those that wait', 'it goes behind them'],
]);

describe.skipIf(isWithoutPostgres)('bullmq', () => {
  let postgres: PostgresServer;
  beforeAll(async () => {
    postgres = await startPostgres();
  });
  afterAll(() => postgres.stop());
  const met = new Set<string>();
  let patienceMs: number;
  beforeEach(({ task }) => {
    met.add(task.name);
    const fails = DIFFERENT.has(task.name);
    // The cases are written elsewhere, so it is said here which are to fail.
    Object.assign(task, { fails });
    // What does not come to pass is not waited for as long as what does.
    patienceMs = fails ? 2_000 : 30_000;
  });

  driverContract('Postgres', () =>
    bullmqKit(
      {
        connection: { connectionString: postgres.url, migrate: true },
        backend: createPostgresBackend,
      },
      patienceMs,
    ),
  );

  test('every case that does not hold is one of the contract', () => {
    expect([...DIFFERENT.keys()].filter((name) => !met.has(name))).toEqual([]);
    // The 63 of the contract, and this one.
    expect(met.size).toBe(64);
  });
});
