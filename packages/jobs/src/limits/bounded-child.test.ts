/** Children within their bounds: what they cannot take, and that the rest of them is not disturbed. */
import { pipeline } from '@interpose/kernel';
import { afterEach, describe, expect, test } from 'vitest';
import { endHandlers, handlerOf, stateOf } from '../../test-kit/child-trial.ts';
import { failureOf, jobTrial } from '../../test-kit/job-trial.ts';
import type { JobContext } from '../job-context.ts';
import { cpuLimit } from './cpu-limit.ts';
import { CpuLimitError, MemoryLimitError } from './errors.ts';
import { memoryLimit } from './memory-limit.ts';
import { usageOf } from './process-tree.ts';

afterEach(endHandlers);

describe('memory', { skip: process.platform !== 'linux' }, () => {
  const within = (maxMb: number, text: string): Promise<unknown> =>
    failureOf(
      Promise.resolve(
        pipeline<JobContext, unknown>()
          .use(memoryLimit({ maxMb, mode: 'isolate' }))
          .handle(handlerOf(text))(jobTrial().ctx),
      ),
    );

  test.each([
    [
      'a heap that grows',
      'const all = []; for (;;) all.push(new Array(1e4).fill({}).map((_, i) => ({ i })));',
    ],
    ['one big allocation on the heap', 'return "x".repeat(4e8).split("").length;'],
    [
      '600 MB of buffers',
      'const all = []; for (let i = 0; i < 60; i++) all.push(Buffer.alloc(1e7, 1)); return all.length;',
    ],
    ['one big buffer', 'return Buffer.allocUnsafe(6e8).fill(1).length;'],
    [
      'memory of WebAssembly',
      'return new Uint8Array(new WebAssembly.Memory({ initial: 9000 }).buffer).fill(1).length;',
    ],
  ])('M-139 jobs: a child cannot take more than it may: %s', async (_, body) => {
    const error = await within(192, `export default () => { ${body} }`);
    expect(error).toBeInstanceOf(MemoryLimitError);
    expect(error).toMatchObject({ limitMb: 192 });
    expect((error as Error).message).toMatch(
      /^More memory than 192 MB(?: was asked for|: [\d.]+ MB)\. The handler (?:was killed|has stopped)\.$/,
    );
  });

  test('M-139 jobs: what a handler starts counts, too', async () => {
    const text = `import { spawn } from 'node:child_process';
      const eat = 'const all = []; setInterval(() => all.push(Buffer.alloc(5e6, 1)), 10)';
      export default () => { spawn(process.execPath, ['-e', eat], { stdio: 'ignore' }); return new Promise(() => {}); }`;
    const error = await within(160, text);
    expect(error).toBeInstanceOf(MemoryLimitError);
    expect((error as MemoryLimitError).usedMb).toBeGreaterThan(160);
  });

  test('a handler that catches a failed allocation goes on', async () => {
    const text =
      'export default () => { try { Buffer.alloc(6e8, 1); } catch ({ name }) { return name; } }';
    expect(await within(192, text)).toEqual({ value: 'RangeError' });
  });

  test('what stays below is not disturbed, garbage included', async () => {
    const text = `export default () => {
      let sum = 0;
      for (let i = 0; i < 60; i++) sum += new Array(1e5).fill(i).map((x) => ({ x })).length;
      return sum;
    }`;
    expect(await within(192, text)).toEqual({ value: 6_000_000 });
  });
});

describe('processor', { skip: process.platform !== 'linux' }, () => {
  const SPIN = 'export default ({ progress }) => { void progress(process.pid); for (;;); }';

  test('M-140 jobs: a child cannot take more time of a processor than it may', async () => {
    const serve = pipeline<JobContext, unknown>()
      .use(cpuLimit({ maxPercent: 100, maxCpuMs: 300, mode: 'isolate' }))
      .handle(handlerOf(SPIN));
    const error = (await failureOf(Promise.resolve(serve(jobTrial().ctx)))) as CpuLimitError;
    expect(error).toBeInstanceOf(CpuLimitError);
    expect(error).toMatchObject({ limit: 300, unit: 'ms', handler: 'killed' });
    expect(error.used).toBeGreaterThan(300);
  });

  test('M-140 jobs: the kernel holds it where nobody measures', async () => {
    const serve = pipeline<JobContext, unknown>()
      .use(cpuLimit({ maxPercent: Infinity, maxCpuMs: 300, sampleMs: 60_000, mode: 'isolate' }))
      .handle(handlerOf(SPIN));
    const error = await failureOf(Promise.resolve(serve(jobTrial().ctx)));
    expect(error).toMatchObject({
      code: 'CPU_LIMIT',
      used: undefined,
      cause: { signal: 'SIGXCPU' },
    });
  });

  test('M-140 jobs: a child gets its share of a processor and no more', async () => {
    const serve = pipeline<JobContext, unknown>()
      .use(cpuLimit({ maxPercent: 20, sampleMs: 50, mode: 'isolate' }))
      .handle(
        handlerOf(`export default () => {
          const from = performance.now(), before = process.cpuUsage();
          for (;;) {
            for (let i = 0; i < 1e6; i++);
            const { user, system } = process.cpuUsage(before);
            if (user + system > 4e5) return (user + system) / 1000 / (performance.now() - from);
          }
        }`),
      );
    const share = Number(await serve(jobTrial().ctx));
    expect(share).toBeGreaterThan(0);
    expect(share).toBeLessThan(0.4);
  });

  test('a child that rests hears its signal', async () => {
    const { ctx, controller, heard } = jobTrial();
    const serve = pipeline<JobContext, unknown>()
      .use(cpuLimit({ maxPercent: 5, sampleMs: 20, mode: 'isolate' }))
      .handle(
        handlerOf(
          `export default async ({ progress, signal }) => {
        await progress(process.pid);
        const from = process.cpuUsage().user;
        while (process.cpuUsage().user < from + 2e5);
        if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve));
        return 'heard';
      }`,
          { graceMs: 20_000 },
        ),
      );
    const ended = Promise.resolve(serve(ctx));
    const pid = Number(await heard());
    await expect.poll(() => stateOf(pid), { timeout: 10_000, interval: 5 }).toBe('T');
    controller.abort(new Error('enough'));
    expect(await ended).toBe('heard');
  });

  test('is counted with that of those which a process has started', () => {
    const own = usageOf(process.pid);
    expect(own?.cpuMs).toBeGreaterThan(0);
    expect(own?.rssMb).toBeGreaterThan(20);
    expect(usageOf(2 ** 22 + 1)).toBeUndefined();
  });
});
