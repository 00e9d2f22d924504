/** Handlers in child processes: what they are given, what comes back, what ends them, and that none is left. */
import { pipeline } from '@interpose/kernel';
import { instructionOf } from '@interpose/resilience';
import { afterEach, describe, expect, test } from 'vitest';
import { alive, endHandlers, handlerOf } from '../../test-kit/child-trial.ts';
import { failureOf, jobTrial } from '../../test-kit/job-trial.ts';
import { LeaseLostError, PostponedError, RetryLaterError, UnrecoverableError } from '../errors.ts';
import type { JobContext } from '../job-context.ts';
import { ChildEndedError, IsolatedModuleError } from './errors.ts';
import { isolated } from './isolated.ts';
import { memoryLimit } from './memory-limit.ts';

const run = (text: string, data?: unknown): Promise<unknown> => handlerOf(text)(jobTrial(data).ctx);

afterEach(endHandlers);

describe('what a handler is given and gives back', () => {
  test('the job, its data and a way to talk; the result comes back', async () => {
    const { ctx, said } = jobTrial({ file: 'Ä.png', at: [1, 2] });
    const handler =
      handlerOf(`export default async ({ job, data, attempt, maxAttempts, redelivered, ...ctx }) => {
      await ctx.progress(50);
      await ctx.progress({ of: 'two' });
      await ctx.log('half');
      await ctx.renew();
      return { job, data, attempt, maxAttempts, redelivered, pid: process.pid, aborted: ctx.signal.aborted };
    }`);
    const result = (await handler(ctx)) as { readonly pid: number };
    expect(result).toEqual({
      job: ctx.job,
      data: { file: 'Ä.png', at: [1, 2] },
      attempt: 2,
      maxAttempts: 3,
      redelivered: false,
      aborted: false,
      pid: expect.any(Number) as number,
    });
    expect(result.pid).not.toBe(process.pid);
    expect(said).toEqual([50, { of: 'two' }, 'log: half', 'renewed']);
    expect(alive(result.pid)).toEqual([]);
    expect(handler.running).toBe(0);
  });

  test('values that JSON does not carry come back as they are, nothing as nothing', async () => {
    const date = new Date(5);
    const text = 'export default () => new Map([["at", new Date(5)], ["big", 2n ** 70n]])';
    expect(await run(text)).toEqual(
      new Map<string, unknown>([
        ['at', date],
        ['big', 2n ** 70n],
      ]),
    );
    expect(await run('export default () => {}')).toBeUndefined();
  });

  test('a result of fifty megabytes comes back whole', async () => {
    const text = 'export default () => "ab".repeat(25_000_000)';
    const result = (await run(text)) as string;
    expect([result.length, result.at(-1)]).toEqual([50_000_000, 'b']);
  });

  test('what cannot be sent is a failure that says so', async () => {
    const error = await failureOf(run('export default () => ({ no: () => {} })'));
    expect((error as Error).message).toContain('could not be cloned');
    const { ctx } = jobTrial();
    const progress = handlerOf('export default ({ progress }) => progress(() => {})');
    expect(String(await failureOf(progress(ctx)))).toContain('could not be cloned');
  });

  test('a named export, with its own flags and environment', async () => {
    const text =
      'export const resize = () => [process.env.ONLY, process.env.HOME, process.execArgv]';
    const options = { name: 'resize', env: { ONLY: 'this' } };
    const flags = ['--no-warnings'];
    const result = (await handlerOf(text, { ...options, execArgv: flags })(
      jobTrial().ctx,
    )) as unknown[];
    expect(result.slice(0, 2)).toEqual(['this', undefined]);
    expect(result[2]).toContain('--no-warnings');
  });

  test('what a middleware has put in the place of the data', async () => {
    const handler = handlerOf('export default ({ data, job }) => [data, job.data]');
    const { ctx } = jobTrial('raw');
    expect(await handler({ ...ctx, data: new Date(5) })).toEqual([new Date(5), 'raw']);
    const error = await failureOf(handler({ ...ctx, data: () => {} }));
    expect((error as Error).message).toContain('could not be cloned');
  });

  test('a child that cannot be started is a failure', async () => {
    const handler = handlerOf('', { execArgv: [`--title=${'x'.repeat(200_000)}`] });
    expect(await failureOf(handler(jobTrial().ctx))).toMatchObject({ code: 'E2BIG' });
    expect(handler.running).toBe(0);
  });

  test('ten at once are ten children', async () => {
    const handler = handlerOf('export default ({ data }) => [data, process.pid]');
    const results = (await Promise.all(
      Array.from({ length: 10 }, (_, index) => handler(jobTrial(index).ctx)),
    )) as [number, number][];
    expect(results.map(([data]) => data)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(new Set(results.map(([, pid]) => pid)).size).toBe(10);
  });
});

describe('what a handler throws', () => {
  test('has its name, message, stack, code, plain properties and cause', async () => {
    const text = `class OutOfPaper extends Error {
      name = 'OutOfPaper'; code = 'E_PAPER'; retryAfterMs = 70; tray = { not: 'plain' };
    }
    export default () => { throw new OutOfPaper('none', { cause: new TypeError('why') }); }`;
    const error = (await failureOf(run(text))) as Error;
    expect(error).toBeInstanceOf(Error);
    expect(error).toMatchObject({
      name: 'OutOfPaper',
      message: 'none',
      code: 'E_PAPER',
      retryAfterMs: 70,
      cause: { name: 'TypeError', message: 'why' },
    });
    expect(error.stack).toContain('OutOfPaper: none\n    at ');
    expect(error).not.toHaveProperty('tray');
  });

  test.each([
    ['UNRECOVERABLE', UnrecoverableError, { message: 'm' }],
    ['RETRY_LATER', RetryLaterError, { afterMs: 70 }],
    ['POSTPONED', PostponedError, { afterMs: 70 }],
  ] as const)('with the code %s is of the class that the queue knows', async (code, type, has) => {
    const error = await failureOf(
      run(
        `export default () => { throw Object.assign(new Error('m'), { code: '${code}', afterMs: 70 }); }`,
      ),
    );
    expect(error).toBeInstanceOf(type);
    expect(error).toMatchObject(has);
  });

  test('BullMQ’s own word for what is final counts as well', async () => {
    const text = `export default () => { throw Object.assign(new Error('m'), { name: 'UnrecoverableError' }); }`;
    expect(await failureOf(run(text))).toBeInstanceOf(UnrecoverableError);
  });

  test.each([
    ['a string', 'throw "text"', 'text'],
    ['nothing', 'throw undefined', 'Threw undefined: undefined'],
    ['an object without a prototype', 'throw Object.create(null)', 'Threw what cannot be read.'],
    [
      'an error that cannot be read',
      'throw Object.defineProperty(new Error(), "message", { get() { throw 1; } })',
      'Threw what cannot be read.',
    ],
    [
      'an error in a later turn',
      'setTimeout(() => { throw new Error("late"); }, 1); return new Promise(() => {})',
      'late',
    ],
    [
      'a rejection nobody waits for',
      'Promise.reject(new Error("left")); return new Promise(() => {})',
      'left',
    ],
    [
      'an error with names of the prototype',
      `throw Object.defineProperty(Object.assign(new Error('odd'), { constructor: 2, toString: 3 }), '__proto__', { value: 4, enumerable: true })`,
      'odd',
    ],
  ])('may be %s', async (_, statement, message) => {
    const error = (await failureOf(run(`export default () => { ${statement}; }`))) as Error;
    expect(error).toBeInstanceOf(Error);
    expect(error.message).toBe(message);
  });

  test('a lost lease is final, as it is in the worker', async () => {
    const { ctx } = jobTrial();
    const lost = { ...ctx, renew: () => Promise.reject(new LeaseLostError('7')) };
    const error = await failureOf(handlerOf('export default ({ renew }) => renew()')(lost));
    expect(error).toBeInstanceOf(LeaseLostError);
    expect(instructionOf(error)).toBe('final');
  });

  test('what the worker says no to fails in the handler', async () => {
    const text = 'export default ({ log }) => log("no").catch(({ message }) => message)';
    expect(await run(text)).toBe('The log is full.');
  });
});

describe('a module', () => {
  test('that is not there is named', async () => {
    const handler = isolated(new URL('file:///nowhere/resize.mjs'), { output: 'discard' });
    const error = await failureOf(handler(jobTrial().ctx));
    expect(error).toBeInstanceOf(IsolatedModuleError);
    expect((error as Error).message).toContain(
      'The module file:///nowhere/resize.mjs could not be',
    );
    expect((error as Error).cause).toMatchObject({ code: 'ERR_MODULE_NOT_FOUND' });
  });

  test.each(['toString', '__proto__', 'resise', 'size'])(
    'that has no function %s says so',
    async (name) => {
      const text = 'export const resize = () => 1; export const size = 5;';
      const error = (await failureOf(handlerOf(text, { name })(jobTrial().ctx))) as Error;
      expect(error).toBeInstanceOf(IsolatedModuleError);
      expect(error.message).toContain(`exports no function "${name}"`);
      expect(error.message).toMatch(name === 'resise' ? /Did you mean "resize"\?/ : /size/);
    },
  );

  test('that throws when it is loaded', async () => {
    const error = await failureOf(run('throw new Error("broken"); export default () => 1'));
    expect(error).toMatchObject({ code: 'ISOLATED_MODULE', cause: { message: 'broken' } });
  });
});

describe('a child that ends before its handler', () => {
  test('by process.exit()', async () => {
    const error = await failureOf(run('export default () => process.exit(0)'));
    expect(error).toBeInstanceOf(ChildEndedError);
    expect(error).toMatchObject({ exitCode: 0, signal: null });
  });

  test('by a signal from outside, with what it wrote last', async () => {
    const { ctx, heard } = jobTrial();
    const text = `export default async ({ progress }) => {
      process.stderr.write('x'.repeat(9000) + 'its last words');
      await progress(process.pid);
      await new Promise(() => {});
    }`;
    const ended = failureOf(handlerOf(text)(ctx));
    process.kill(Number(await heard()), 'SIGKILL');
    const error = (await ended) as ChildEndedError;
    expect(error).toBeInstanceOf(ChildEndedError);
    expect(error.signal).toBe('SIGKILL');
    expect(error.stderr).toMatch(/^x+its last words$/);
    expect(error.stderr.length).toBeLessThanOrEqual(4096);
  });

  test('by abort(): that is not a want of memory', async () => {
    const serve = pipeline<JobContext, unknown>()
      .use(memoryLimit({ maxMb: 256, mode: 'isolate' }))
      .handle(handlerOf('export default () => process.abort()'));
    const error = await failureOf(Promise.resolve(serve(jobTrial().ctx)));
    expect(error).toBeInstanceOf(ChildEndedError);
    expect(error).toMatchObject({ signal: 'SIGABRT' });
  });

  test('by leaving its parent', async () => {
    const error = await failureOf(
      run('export default () => { process.disconnect(); return new Promise(() => {}); }'),
    );
    expect(error).toMatchObject({ code: 'CHILD_ENDED', signal: 'SIGKILL' });
  });
});

describe('the signal of the job', () => {
  test('reaches the handler, which may stop in its own way', async () => {
    const { ctx, controller, heard } = jobTrial();
    const text = `export default ({ progress, signal }) => new Promise((resolve) => {
      signal.addEventListener('abort', () => resolve(signal.reason.message + ' ' + signal.reason.code));
      void progress(1);
    })`;
    const ended = handlerOf(text)(ctx);
    await heard();
    controller.abort(Object.assign(new Error('enough'), { code: 'ENOUGH' }));
    expect(await ended).toBe('enough ENOUGH');
  });

  test('comes back as the same reason when the handler throws it', async () => {
    const { ctx, controller, heard } = jobTrial();
    const text = `export default async ({ progress, signal }) => {
      await progress(1);
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
      signal.throwIfAborted();
    }`;
    const ended = failureOf(handlerOf(text)(ctx));
    await heard();
    const reason = new Error('enough');
    controller.abort(reason);
    expect(await ended).toBe(reason);
  });

  test.each([
    ['text', 'enough', 'enough'],
    ['an object without a prototype', Object.create(null), 'The error cannot be read.'],
    [
      'an error with strange properties',
      Object.assign(new Error('odd'), { name: () => {}, code: () => {} }),
      'odd',
    ],
  ])('may have any reason: %s', async (_, reason: unknown, message) => {
    const { ctx, controller, heard } = jobTrial();
    const text = `export default ({ progress, signal }) => new Promise((resolve) => {
      signal.addEventListener('abort', () => resolve(signal.reason.message));
      void progress(1);
    })`;
    const ended = handlerOf(text)(ctx);
    await heard();
    controller.abort(reason);
    expect(await ended).toBe(message);
  });

  test('kills the child that does not heed it, with what it has started', async () => {
    const { ctx, controller, heard } = jobTrial();
    const text = `import { spawn } from 'node:child_process';
      export default async ({ progress }) => {
        const { pid } = spawn('sleep', ['300'], { stdio: 'ignore' });
        await progress({ pid: process.pid, sleeper: pid });
        for (;;);
      }`;
    const ended = failureOf(handlerOf(text)(ctx));
    const { pid, sleeper } = (await heard()) as { pid: number; sleeper: number };
    expect(alive(pid)).toEqual(expect.arrayContaining([pid, sleeper]));
    const reason = new Error('enough');
    controller.abort(reason);
    expect(await ended).toBe(reason);
    expect(alive(pid)).toEqual([]);
  });

  test('that has aborted already, or aborts at once, starts nothing', async () => {
    const reason = new Error('before');
    const before = jobTrial();
    before.controller.abort(reason);
    const handler = handlerOf('export default ({ progress }) => progress("begun")');
    expect(await failureOf(handler(before.ctx))).toBe(reason);
    const atOnce = jobTrial();
    const ended = failureOf(handler(atOnce.ctx));
    atOnce.controller.abort(reason);
    expect(await ended).toBe(reason);
    expect([...before.said, ...atOnce.said]).toEqual([]);
  });
});

test('to dispose of a handler kills its children', async () => {
  const { ctx, heard } = jobTrial();
  const handler = handlerOf(
    'export default async ({ progress }) => { await progress(process.pid); for (;;); }',
  );
  const ended = failureOf(handler(ctx));
  const pid = Number(await heard());
  expect(handler.running).toBe(1);
  await handler[Symbol.asyncDispose]();
  expect(alive(pid)).toEqual([]);
  expect(await ended).toMatchObject({ message: 'The isolated handler was disposed of.' });
});

test.each([
  ['module', () => isolated('./resize.js')],
  ['module', () => isolated(new URL('https://example.com/resize.js'))],
  ['module', () => isolated(5 as never)],
  ['name', () => handlerOf('', { name: '' })],
  ['graceMs', () => handlerOf('', { graceMs: -1 })],
  ['output', () => handlerOf('', { output: 'pipe' as never })],
  ['execArgv', () => handlerOf('', { execArgv: '--x' as never })],
  ['env', () => handlerOf('', { env: null as never })],
  ['grace', () => handlerOf('', { grace: 5 } as never)],
])('isolated() names `%s` where it is wrong', (name, make) => {
  expect(make).toThrow(`\`${name}\``);
});
