/** Whatever the minimal proxy lets pass, each of four origins takes for exactly the requests that the proxy meant. */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ensureCommands } from '../../scripts/debian.mjs';
import { CORPUS } from './inputs/corpus.ts';
import { legalInput } from './inputs/legal.ts';
import { anyInput } from './inputs/mutation.ts';
import { judge, judgeFirst, judgeVerdict } from './judge.ts';
import { FOLLOWING, type Input, type Lane, openLane } from './lane.ts';
import type { Observation } from './observed.ts';
import { ORIGINS } from './origins.ts';

const RUNS = Number(process.env['CHAIN_RUNS'] ?? 400);
const SEED = process.env['CHAIN_SEED'];

/** The origins' commands, or why they are not to be had. */
const commands = await ensureCommands(ORIGINS.map(({ name }) => name)).catch(
  (error: Error) => error,
);
const isMissing = commands instanceof Error;
const why = isMissing ? `: ${commands.message}` : '';

if (isMissing && !process.env['CI']) process.stderr.write(`The chain is skipped${why}\n`);

describe.skipIf(isMissing && !process.env['CI'])(`behind the proxy${why}`, () => {
  let lanes: readonly Lane[] = [];
  const connections = { same: 0, other: 0 };

  beforeAll(async () => {
    if (commands instanceof Error) throw commands;
    lanes = await Promise.all(
      ORIGINS.map((origin) => openLane(origin, commands[origin.name] ?? '')),
    );
  }, 30_000);
  afterAll(() => Promise.all(lanes.map((lane) => lane.close())));

  /** Sends an input down every lane, and gathers what is wrong. */
  async function run(
    input: Input,
    judgeToo: (seen: Observation) => readonly string[],
  ): Promise<readonly string[]> {
    const found = await Promise.all(
      lanes.map(async ({ origin, send }) => {
        const seen = await send(input);
        const [before, last] = seen.forwarded.slice(-2);
        if (before && last) connections[before.connection === last.connection ? 'same' : 'other']++;
        return [...judge(origin, seen), ...judgeToo(seen)].map(
          (finding) => `${origin.name}: ${finding}`,
        );
      }),
    );
    return found.flat();
  }

  describe.each(Object.entries(CORPUS))('%s', (_, entries) => {
    test.each(entries)('$name', async (entry) => {
      const { bytes, verdict, alone = false, ends = false } = entry;
      const followed = !alone;
      const check = (seen: Observation) => judgeVerdict(verdict, seen, followed);
      const manner = ends ? 'at once with an end' : 'at once';
      expect(await run({ bytes, manner, followed }, check)).toEqual([]);
      if (verdict.refused) return;
      const inTurns = { answers: verdict.accepted.length };
      expect(await run({ bytes, manner: inTurns, followed }, check)).toEqual([]);
    });
  });

  const chance = { numRuns: RUNS, ...(SEED !== undefined && { seed: Number(SEED) }) };
  const limitMs = 60_000 + RUNS * 200;

  test(
    'anything by chance',
    async () => {
      const property = fc.asyncProperty(anyInput, async (bytes) => {
        const input: Input = { bytes, manner: 'at once', followed: true };
        expect(await run(input, (seen) => judgeFirst(bytes + FOLLOWING, seen))).toEqual([]);
      });
      await fc.assert(property, chance);
    },
    limitMs,
  );

  test(
    'sound requests by chance',
    async () => {
      const property = fc.asyncProperty(legalInput, async ({ bytes, verdict }) => {
        const input: Input = { bytes, manner: 'at once', followed: true };
        expect(await run(input, (seen) => judgeVerdict(verdict, seen, true))).toEqual([]);
      });
      await fc.assert(property, chance);
    },
    limitMs,
  );

  test('one connection to an origin serves request after request', () => {
    expect(connections.same).toBeGreaterThan(connections.other);
  });
});
