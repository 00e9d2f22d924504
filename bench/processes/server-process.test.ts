/** A server in a process of its own: started, checked, loaded at a fixed rate, measured and stopped. */
import { rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { expect, test } from 'vitest';
import { bundle } from '../bundle.mjs';
import { checkAnswers } from './answer-check.ts';
import { cpuTimesOf, residentBytesOf, spentNs } from './cpu-time.ts';
import { openLoad } from './open-load.ts';
import { freePort, startServer } from './server-process.ts';
import type { Asked, Case, Surroundings } from './case.ts';

const surroundings: Surroundings = {
  folder: '',
  tools: (name) => name,
  upstreamPort: 7,
  bundled: async (entry) => entry,
};

const HELLO: Asked = { path: '/hello', answer: '{"hello":"world"}' };

function caseOf(...asked: [Asked, ...Asked[]]): Case {
  return { name: 'asking', kind: 'capacity', contenders: [], asked, connections: 1, targets: [] };
}

test('a server is measured for a fraction of a second, and is gone afterwards', async () => {
  const program = await bundle('wire/servers/node-http.ts');
  const server = await startServer({ command: [process.execPath, program] }, 0);
  try {
    const post: Asked = { path: '/length', body: 'x'.repeat(99), answer: '{"length":99}' };
    await checkAnswers(caseOf(HELLO, post), server.port, surroundings);
    await expect(
      checkAnswers({ ...caseOf(HELLO), alsoAsked: [{ path: '/' }] }, server.port, surroundings),
    ).rejects.toThrow('GET / was answered with 404 and 0 bytes: ; expected 200');

    const before = cpuTimesOf(server.pid);
    const options = { port: server.port, path: '/hello', rate: 400, connections: 4 };
    const report = await openLoad({ ...options, seconds: 0.25, leadSeconds: 0.05 });
    const us = spentNs(before, cpuTimesOf(server.pid)) / 1000 / report.requests;
    expect(report.requests).toBe(120);
    expect(us).toBeGreaterThan(5);
    expect(us).toBeLessThan(20_000);
    expect(report.p50Us).toBeGreaterThan(0);
    expect(report.p99Us).toBeGreaterThanOrEqual(report.p50Us);
    expect(report.maxUs).toBeGreaterThanOrEqual(report.p99Us);
    expect(residentBytesOf(server.pid)).toBeGreaterThan(10e6);

    await expect(openLoad({ ...options, path: '/nothing', seconds: 0.1 })).rejects.toThrow(
      'Expected a 200 with a length',
    );
  } finally {
    await server.stop();
    rmSync(dirname(program), { recursive: true });
  }
  expect(() => process.kill(server.pid, 0)).toThrow('ESRCH');
  await expect(
    openLoad({ port: server.port, path: '/', rate: 1, seconds: 1, connections: 1 }),
  ).rejects.toThrow('ECONNREFUSED');
}, 60_000);

test('a server that does not come up says why', async () => {
  const program = 'console.error("no such thing"); process.exit(3)';
  const command = [process.execPath, '-e', program] as const;
  const port = await freePort();
  await expect(startServer({ command, port }, 0)).rejects.toThrow(/no such thing/);
  await expect(startServer({ command }, 0)).rejects.toThrow(/no such thing/);
});
