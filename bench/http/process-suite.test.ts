/** The suite of whole servers: its targets, and that all contenders do the same work. */
import { rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { bundle } from '../bundle.mjs';
import { ask, checkAnswers } from '../processes/answer-check.ts';
import { BEST_ON_NODE, type Contender, type Surroundings } from '../processes/case.ts';
import { partsOf } from '../processes/run.ts';
import { startServer } from '../processes/server-process.ts';
import { processSuite } from './process-suite.ts';

const made: string[] = [];
const surroundings: Surroundings = {
  folder: '',
  tools: (name) => name,
  upstreamPort: NaN,
  bundled: async (entry) => {
    const path = await bundle(entry);
    made.push(dirname(path));
    return path;
  },
};

afterAll(() => {
  for (const folder of made) rmSync(folder, { recursive: true, force: true });
});

const caseOf = (name: string) => {
  const found = processSuite.cases.find((on) => on.name === name);
  if (!found) throw new Error(`The suite has no case "${name}".`);
  return found;
};

test.each(processSuite.cases)('$name has ours, and targets that can be judged', (on) => {
  const names = on.contenders.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  expect(on.contenders.some(({ kind }) => kind === 'ours')).toBe(true);
  for (const { figure, of } of on.targets) {
    if (figure === 'added CPU') expect(of).toBe(names[0]);
    else expect([...names, BEST_ON_NODE]).toContain(of);
  }
  for (const { answer } of on.asked) expect(answer).toMatch(/^\{.*\}$/);
});

test('a part of it can be asked for', () => {
  const names = (only: string): string[] =>
    partsOf(processSuite, only).flatMap(({ on, contenders }) =>
      contenders.map(({ name }) => `${on.name} / ${name}`),
    );
  expect(names('full stack of the seed / Ho')).toEqual(['the full stack of the seed / Hono']);
  expect(names('a mix')).toHaveLength(5);
  expect(names('nobody')).toEqual([]);
});

const server = async (contender: Contender) => startServer(await contender.launch(surroundings), 0);

describe('the full stack of the seed', () => {
  const on = caseOf('the full stack of the seed');
  const [hello] = on.asked;
  const recorded = on.alsoAsked?.find(({ path }) => path === '/recorded');

  test.each(on.contenders)(
    '$name refuses, allows and records as all others do',
    async (contender) => {
      if (!recorded) throw new Error('The case does not ask for what was recorded.');
      const { port, stop } = await server(contender);
      try {
        await checkAnswers(on, port, surroundings);
        const ids = new Set<unknown>();
        for (let turn = 0; turn < 60; turn++) {
          const { status, headers } = await ask(port, hello);
          expect(status).toBe(200);
          ids.add(headers['fast-api-request-id']);
        }
        expect(ids.size).toBe(60);
        const { body } = await ask(port, recorded);
        expect(JSON.parse(body)).toEqual({
          method: 'GET',
          path: '/hello',
          status: 200,
          hasId: true,
          isTimed: true,
          isFull: true,
        });
      } finally {
        await stop();
      }
    },
    60_000,
  );
});

test('each middleware of the seed does what it is for', async () => {
  const on = caseOf('each middleware of the seed');
  const told: Record<string, readonly string[]> = {};
  for (const contender of on.contenders) {
    const { port, stop } = await server(contender);
    try {
      await checkAnswers(on, port, surroundings);
      const { headers } = await ask(port, on.asked[0]);
      const { status } = await ask(port, { path: '/hello' });
      const names = Object.keys(headers).filter((name) => /^access|^fast-api|^vary/.test(name));
      told[contender.name] = [...names.toSorted(), String(status)];
    } finally {
      await stop();
    }
  }
  expect(told).toEqual({
    hello: ['200'],
    'with detectDisconnect': ['200'],
    'with httpEvents': ['fast-api-request-id', '200'],
    'with cors': [
      'access-control-allow-credentials',
      'access-control-allow-origin',
      'access-control-expose-headers',
      'vary',
      '200',
    ],
    'with apiKey': ['401'],
  });
}, 60_000);
