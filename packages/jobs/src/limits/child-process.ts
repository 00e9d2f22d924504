/** JobChild: a child process that is ready to run one job, and the ways to hold it and to end it. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import process from 'node:process';
import type { Bounds } from './bounds.ts';
import { childMain } from './child-main.ts';
import type { FromChild, ToChild } from './child-words.ts';
import { commandPath } from './isolation-host.ts';
import { dataMbOf, type Usage } from './process-tree.ts';

/** How children are started. */
export interface ChildSettings {
  readonly execArgv: readonly string[] | undefined;
  readonly env: Readonly<Record<string, string | undefined>> | undefined;
  readonly output: 'inherit' | 'discard';
}

/** Is told what a child says, and that it has ended: once, and then nothing more. */
export interface ChildListener {
  message(message: FromChild): void;
  ended(end: { readonly exitCode: number | null; readonly signal: string | null }): void;
  failed(error: Error): void;
}

/** Whatever becomes of the parent, no child is left. */
const children = new Set<JobChild>();
const killAll = (): void => {
  for (const child of children) child.signal('SIGKILL');
};

/** So much of what it writes to standard error is kept. */
const TAIL = 4096;

/** A child process in a group of its own, together with all that its handler starts. */
export class JobChild {
  readonly #process: ChildProcess;
  #tail = '';
  #exit: { readonly exitCode: number | null; readonly signal: string | null } | undefined;

  constructor(settings: ChildSettings, bounds: Bounds, listener: ChildListener) {
    const { output, env } = settings;
    const [command, args] = commandFor(settings, bounds);
    const child = spawn(command, args, {
      stdio: ['pipe', output === 'inherit' ? 'inherit' : 'ignore', 'pipe', 'ipc'],
      serialization: 'advanced',
      detached: process.platform !== 'win32',
      windowsHide: true,
      ...(env && { env }),
    });
    this.#process = child;
    if (children.size === 0) process.on('exit', killAll);
    children.add(this);
    child.stderr?.on('data', (chunk: Buffer) => {
      this.#tail = (this.#tail + chunk.toString('latin1')).slice(-TAIL);
      if (output === 'inherit') process.stderr.write(chunk);
    });
    // It may be gone before it has read what it is to do.
    child.stdin?.on('error', () => {});
    child.stdin?.end(PROGRAM);
    child.on('message', (message) => listener.message(message as FromChild));
    child.on('error', (error) => {
      // A message that could not be sent is no matter: whoever is gone is told of by its end.
      if (child.pid !== undefined) return;
      this.#forget();
      listener.failed(error);
    });
    const settle = (): void => {
      if (this.#exit && !child.connected) listener.ended(this.#exit);
    };
    child.on('exit', (exitCode, signal) => {
      // What the handler has started does not outlive it.
      this.signal('SIGKILL');
      this.#forget();
      this.#exit = { exitCode, signal };
      settle();
    });
    // What it said last may come in after it has gone.
    child.on('disconnect', settle);
  }

  get pid(): number | undefined {
    return this.#process.pid;
  }

  /** The end of what it wrote to standard error. */
  get stderr(): string {
    return Buffer.from(this.#tail, 'latin1').toString();
  }

  say(message: ToChild): void {
    if (this.#process.connected) this.#process.send(message, () => {});
  }

  /** Sends a signal to it and to all that it has started. */
  signal(signal: NodeJS.Signals): void {
    const { pid } = this.#process;
    if (pid === undefined || this.#exit) return;
    try {
      if (process.platform === 'win32') this.#process.kill(signal);
      else process.kill(-pid, signal);
    } catch {
      // It has gone.
    }
  }

  /** Has the kernel hold it within its bounds, from what it uses now. */
  async hold(bounds: Bounds, now: Usage): Promise<void> {
    const { maxMb, maxCpuMs } = bounds;
    const limits: string[] = [];
    if (maxMb !== undefined) {
      const dataMb = dataMbOf(Number(this.pid)) + Math.max(0, maxMb - now.rssMb) + STACKS_MB;
      const bytes = Math.ceil(dataMb * 2 ** 20);
      limits.push(`--data=${bytes}:${bytes}`);
    }
    if (maxCpuMs !== undefined) {
      const seconds = Math.ceil((now.cpuMs + maxCpuMs) / 1000);
      limits.push(`--cpu=${seconds}:${seconds + 1}`);
    }
    if (limits.length === 0) return;
    await new Promise<void>((resolve, reject) => {
      execFile(commandPath('prlimit') ?? 'prlimit', [`--pid=${this.pid}`, ...limits], (error) =>
        error ? reject(error) : resolve(),
      );
    });
  }

  #forget(): void {
    children.delete(this);
    if (children.size === 0) process.off('exit', killAll);
  }
}

/** Threads that Node starts when they are first needed have stacks that count and are hardly touched. */
const STACKS_MB = 64;

const PROGRAM = `(${childMain.toString()})({ process, load: (url) => import(url) });
`;

function commandFor(
  { execArgv: given = inherited() }: ChildSettings,
  { maxMb }: Bounds,
): [string, string[]] {
  const args = [
    ...given,
    ...(maxMb === undefined ? [] : heapFlags(maxMb)),
    '--input-type=module',
    '-',
  ];
  const setpriv = commandPath('setpriv');
  if (setpriv === undefined) return [process.execPath, args];
  return [setpriv, ['--pdeathsig', 'KILL', '--', process.execPath, ...args]];
}

/** Less than the whole, so that garbage is collected before it fills what is left for everything else. */
const heapFlags = (maxMb: number): string[] => [
  `--max-old-space-size=${Math.floor(Math.max(maxMb - 64, maxMb / 2))}`,
];

/** What the parent was started with, but for what makes it a program of its own or takes a port. */
function inherited(): string[] {
  const kept: string[] = [];
  for (let at = 0; at < process.execArgv.length; at++) {
    const flag = String(process.execArgv[at]);
    if (/^(?:-e|-p|-pe|--eval|--print)$/.test(flag)) at++;
    else if (
      !/^--(?:inspect|eval=|print=|input-type|test|watch|check|prof|cpu-prof|heap-prof)/.test(flag)
    ) {
      kept.push(flag);
    }
  }
  return kept;
}
