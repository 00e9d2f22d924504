/** isolated: a handler whose code runs in a child process of its own for each job. */
import type { Awaitable, Clock } from '@interpose/kernel';
import { systemClock } from '@interpose/kernel/clock';
import { checkMs, checkNames, unexpected } from '@interpose/kernel/options';
import type { JobContext } from '../job-context.ts';
import { takeBounds } from './bounds.ts';
import type { ChildSettings } from './child-process.ts';
import { ChildRun, type ChildTask } from './child-run.ts';
import type { JobFacts } from './child-words.ts';

/** What a handler in a child process is given: the context of a job, but for what cannot leave the worker. */
export interface IsolatedContext<Data = unknown> extends JobFacts<Data> {
  /** Aborts when the signal of the job does, with a copy of its reason. */
  readonly signal: AbortSignal;
  /** Says how far it is: a number from 0 to 100, or anything that JSON can carry. */
  progress(value: number | object): Promise<void>;
  /** Writes a line to the log of the job. */
  log(line: string): Promise<void>;
  /** Renews the lease now. @throws an error with the code `LEASE_LOST` if another worker has the job */
  renew(): Promise<void>;
}

/** What the module of an isolated handler exports. */
export type IsolatedHandler<Data = unknown, Result = unknown> = (
  ctx: IsolatedContext<Data>,
) => Awaitable<Result>;

/** Options of `isolated`. */
export interface IsolatedOptions {
  /** The name under which the module exports the function. @default 'default' */
  readonly name?: string;
  /** How long the handler has to stop once its signal has aborted, before the child is killed, in milliseconds. @default 5000 */
  readonly graceMs?: number;
  /** Flags of Node for the child. @default those of this process, but for `--eval`, `--inspect` and their like */
  readonly execArgv?: readonly string[];
  /** The environment of the child, and nothing beside it. @default that of this process */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Where what it writes goes: where that of this process goes, or nowhere. @default 'inherit' */
  readonly output?: 'inherit' | 'discard';
  /** Tells the time. Children are real, whatever time it is for the worker. @default systemClock */
  readonly clock?: Clock;
}

/** A handler that runs in child processes. */
export interface Isolated<Data = unknown, Result = unknown> {
  (ctx: JobContext<Data>): Promise<Result>;
  /** How many children there are. */
  readonly running: number;
  /** Kills all children, and resolves when they are gone. */
  [Symbol.asyncDispose](): Promise<void>;
}

const NAMES = ['name', 'graceMs', 'execArgv', 'env', 'output', 'clock'];

/**
 * Makes a handler of a function in a module. For each job the module is loaded in a new child process, which is gone when the promise
 * settles; `memoryLimit` and `cpuLimit` with `mode: 'isolate'` further out say what it may take.
 *
 * @throws TypeError or RangeError for options out of range. For jobs: what the function throws; ChildEndedError, IsolatedModuleError,
 * MemoryLimitError, CpuLimitError
 * @example
 * const run = pipeline<JobContext, string>()
 *   .use(memoryLimit({ maxMb: 512, mode: 'isolate' }))
 *   .handle(isolated<unknown, string>(new URL('./resize.js', import.meta.url)));
 */
export function isolated<Data = unknown, Result = unknown>(
  module: URL | string,
  options: IsolatedOptions = {},
): Isolated<Data, Result> {
  const parts = { url: urlOf(module), ...checked(options) };
  const runs = new Set<ChildRun>();
  const handler = async (ctx: JobContext<Data>): Promise<Result> => {
    ctx.signal.throwIfAborted();
    const run = new ChildRun({ ...parts, ctx, bounds: takeBounds(ctx) });
    runs.add(run);
    try {
      return (await run.ended) as Result;
    } finally {
      runs.delete(run);
    }
  };
  return Object.defineProperties(handler, {
    running: { get: () => runs.size },
    [Symbol.asyncDispose]: {
      async value() {
        const all = [...runs];
        for (const run of all) run.kill(new Error('The isolated handler was disposed of.'));
        await Promise.allSettled(all.map(({ ended }) => ended));
      },
    },
  }) as Isolated<Data, Result>;
}

function urlOf(module: unknown): string {
  const wanted = 'the URL of a module, as new URL(…, import.meta.url)';
  if (!(module instanceof URL) && typeof module !== 'string') {
    throw unexpected('module', wanted, module);
  }
  const { href, protocol } = URL.canParse(module) ? new URL(module) : { href: '', protocol: '' };
  if (protocol !== 'file:' && protocol !== 'data:') throw unexpected('module', wanted, module);
  return href;
}

function checked(options: IsolatedOptions): Omit<ChildTask, 'ctx' | 'bounds' | 'url'> {
  checkNames('isolated()', options, NAMES);
  const { name = 'default', execArgv, env, output = 'inherit', clock = systemClock } = options;
  const graceMs = checkMs('graceMs', options.graceMs ?? 5000);
  if (typeof name !== 'string' || name === '') throw unexpected('name', 'a name', name);
  if (output !== 'inherit' && output !== 'discard') {
    throw unexpected('output', `'inherit' or 'discard'`, output);
  }
  if (execArgv !== undefined && !isListOfText(execArgv)) {
    throw unexpected('execArgv', 'a list of flags', execArgv);
  }
  if (env !== undefined && (typeof env !== 'object' || env === null)) {
    throw unexpected('env', 'an object of names and values', typeof env);
  }
  const settings: ChildSettings = { execArgv: execArgv && [...execArgv], env, output };
  return { name, graceMs, clock, settings };
}

const isListOfText = (value: unknown): boolean =>
  Array.isArray(value) && value.every((one) => typeof one === 'string');
