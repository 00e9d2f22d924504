/** Differential fuzzing: what our parser accepts, Node's accepts too, and both see the same messages. */
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { disagreement, withKnownMethods } from '../test-kit/agreement.ts';
import { seedsOf } from '../test-kit/corpus.ts';
import { type Check, fuzz, FUZZ_TIMEOUT_MS } from '../test-kit/fuzz-run.ts';
import { legalRequests, legalResponses, type Meant } from '../test-kit/legal-grammar.ts';
import { requests, responses } from '../test-kit/message-grammar.ts';
import { mutants } from '../test-kit/mutation.ts';
import { NodeClient } from '../test-kit/node-client.ts';
import { NodeServer } from '../test-kit/node-server.ts';
import { type Reading, readRequests, readResponses } from '../test-kit/reading.ts';

const RUNS = 2000;
/** Of so many inputs one must be accepted whole, else nothing is shown. */
const MOST_PER_ACCEPTED = 20;

const verdict = ({ refused, isCutShort }: Reading): string =>
  refused ?? (isCutShort ? 'cut short' : 'accepted');

/** Says how what was read differs from what was meant. */
const misreading = ({ messages }: Meant, ours: Reading): string | undefined =>
  ours.refused === undefined && JSON.stringify(messages) === JSON.stringify(ours.messages)
    ? undefined
    : `${JSON.stringify(messages)} is meant, and read is\n${JSON.stringify(ours)}`;

describe('requests, against the server of node:http', () => {
  let node: NodeServer;
  beforeAll(async () => void (node = await NodeServer.start()));
  afterAll(() => node.close());

  const check: Check = async (bytes, count) => {
    const read = readRequests(bytes);
    count(verdict(read));
    const known = withKnownMethods(bytes, read);
    return disagreement(readRequests(known), await node.read(known));
  };

  test('of the corpus', async () => {
    for (const { name, bytes } of seedsOf('request')) {
      expect({ name, fault: await check(bytes, () => {}) }).toEqual({ name });
    }
  });

  test('made from others', { timeout: FUZZ_TIMEOUT_MS }, async () => {
    const inputs = mutants(seedsOf('request'));
    const { accepted = 0 } = await fuzz('requests made from others', { runs: RUNS, inputs, check });
    expect(accepted).toBeGreaterThan(RUNS / MOST_PER_ACCEPTED);
  });

  test('built from a grammar', { timeout: FUZZ_TIMEOUT_MS }, async () => {
    const inputs = requests;
    const { accepted = 0 } = await fuzz('requests of the grammar', { runs: RUNS, inputs, check });
    expect(accepted).toBeGreaterThan(RUNS / MOST_PER_ACCEPTED);
  });

  test('that break no rule', { timeout: FUZZ_TIMEOUT_MS }, async () => {
    await fuzz('legal requests', {
      runs: RUNS,
      inputs: legalRequests,
      check: async (meant) => {
        const ours = readRequests(meant.bytes);
        return misreading(meant, ours) ?? disagreement(ours, await node.read(meant.bytes));
      },
    });
  });
});

describe('responses, against the client of node:http', () => {
  test('that break no rule', { timeout: FUZZ_TIMEOUT_MS }, async () => {
    const node = await NodeClient.start();
    onTestFinished(() => node.close());
    await fuzz('legal responses', {
      runs: RUNS,
      inputs: legalResponses,
      check: async (meant) => {
        const ours = readResponses(meant.bytes);
        return misreading(meant, ours) ?? disagreement(ours, await node.read(meant.bytes));
      },
    });
  });
});

describe.each(['GET', 'HEAD'])('responses to %s, against the client of node:http', (answering) => {
  let node: NodeClient;
  beforeAll(async () => void (node = await NodeClient.start()));
  afterAll(() => node.close());

  const check: Check = async (bytes, count) => {
    const ours = readResponses(bytes, { answering });
    count(verdict(ours));
    return disagreement(ours, await node.read(bytes, answering));
  };

  test('of the corpus', async () => {
    for (const { name, bytes } of seedsOf('response')) {
      expect({ name, fault: await check(bytes, () => {}) }).toEqual({ name });
    }
  });

  test('made from others', { timeout: FUZZ_TIMEOUT_MS }, async () => {
    const inputs = mutants(seedsOf('response'));
    const name = `responses to ${answering} made from others`;
    const { accepted = 0 } = await fuzz(name, { runs: RUNS, inputs, check });
    expect(accepted).toBeGreaterThan(RUNS / MOST_PER_ACCEPTED);
  });

  test('built from a grammar', { timeout: FUZZ_TIMEOUT_MS }, async () => {
    const inputs = responses;
    const name = `responses to ${answering} of the grammar`;
    const { accepted = 0 } = await fuzz(name, { runs: RUNS, inputs, check });
    expect(accepted).toBeGreaterThan(RUNS / MOST_PER_ACCEPTED);
  });
});
