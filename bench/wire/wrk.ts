/** wrk: as many requests as a server takes for a bounded time, over kept-alive connections, from the other core. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** What one burst came to. */
export interface Burst {
  readonly requests: number;
  readonly seconds: number;
  readonly p50Us: number;
  readonly p99Us: number;
}

/** What is asked of a server. */
export interface Request {
  readonly path: string;
  /** Lines of the head. */
  readonly headers?: readonly string[];
  /** Posts so many bytes. @default a GET without a body */
  readonly postBytes?: number;
}

const UNITS: Readonly<Record<string, number>> = { us: 1, ms: 1e3, s: 1e6, m: 6e7 };

/** Reads what wrk printed. A request that failed, or was answered with an error, fails the burst. */
export function readWrk(output: string): Burst {
  const wrong = /Socket errors: .*|Non-2xx or 3xx responses: .*/.exec(output)?.[0];
  if (wrong) throw new Error(`The burst is not good. ${wrong}`);
  const [, requests, seconds, unit] = find(output, /(\d+) requests in ([\d.]+)(\w+),/);
  if (!Number(requests)) throw new Error('The burst is not good. Nothing was answered');
  return {
    requests: Number(requests),
    seconds: (Number(seconds) * (UNITS[unit ?? ''] ?? NaN)) / 1e6,
    p50Us: microseconds(output, 50),
    p99Us: microseconds(output, 99),
  };
}

function microseconds(output: string, percent: number): number {
  const [, value, unit] = find(output, new RegExp(`^ +${percent}% +([\\d.]+)(\\w+) *$`, 'm'));
  return Number(value) * (UNITS[unit ?? ''] ?? NaN);
}

function find(output: string, pattern: RegExp): RegExpExecArray {
  const found = pattern.exec(output);
  if (!found) throw new Error(`wrk printed nothing like ${String(pattern)}:\n${output}`);
  return found;
}

/** The script that makes wrk post a body. */
export function postScript(bytes: number): string {
  return [
    'wrk.method = "POST"',
    'wrk.headers["Content-Type"] = "application/octet-stream"',
    `wrk.body = string.rep("x", ${bytes})`,
    '',
  ].join('\n');
}

/** Where and how long. */
export interface BurstOptions {
  readonly wrk: string;
  readonly port: number;
  readonly connections: number;
  /** Whole seconds. */
  readonly seconds: number;
  readonly core: number;
  /** The file with `postScript`, for a request with a body. */
  readonly script?: string;
}

/** Loads a server for some seconds. */
export async function burst(request: Request, options: BurstOptions): Promise<Burst> {
  const { wrk, port, connections, seconds, core, script } = options;
  const args = ['-c', `${core}`, wrk, '--latency', '-t1', `-c${connections}`, `-d${seconds}s`];
  for (const line of request.headers ?? []) args.push('-H', line);
  if (script) args.push('-s', script);
  args.push(`http://127.0.0.1:${port}${request.path}`);
  const { stdout } = await run('taskset', args, { timeout: seconds * 1000 + 20_000 });
  return readWrk(stdout);
}
