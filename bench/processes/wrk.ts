/** wrk: as many requests as a server takes for a bounded time, over kept-alive connections, from the other core. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Asked } from './case.ts';

const run = promisify(execFile);

/** What one burst came to. */
export interface Burst {
  readonly requests: number;
  readonly seconds: number;
  readonly p50Us: number;
  readonly p99Us: number;
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

/** The method of a request. */
export function methodOf({ method, body }: Asked): string {
  return method ?? (body === undefined ? 'GET' : 'POST');
}

/** The lines of a head, with a type for the body if none is given. */
export function headersOf({ headers = [], body }: Asked): readonly string[] {
  if (body === undefined || headers.some((line) => /^content-type:/i.test(line))) return headers;
  return [...headers, 'Content-Type: application/octet-stream'];
}

/** Name and value of a line of a head. */
export function fieldOf(line: string): readonly [string, string] {
  const at = line.indexOf(': ');
  return [line.slice(0, at), line.slice(at + 2)];
}

/** The script that makes wrk ask for these in turn; none if it can do so without. */
export function scriptOf(asked: readonly [Asked, ...Asked[]]): string | undefined {
  const [first, ...more] = asked;
  if (more.length) return `${TAKE_TURNS}${asked.map(formatted).join('')}end\n`;
  if (first.body === undefined) return undefined;
  return `wrk.method = ${lua(methodOf(first))}\nwrk.body = ${lua(first.body)}\n`;
}

const TAKE_TURNS = `local requests = {}
local at = 0
request = function()
  at = at % #requests + 1
  return requests[at]
end
init = function()
`;

function formatted(asked: Asked): string {
  const fields = headersOf(asked).map((line) => {
    const [name, value] = fieldOf(line);
    return `[${lua(name)}] = ${lua(value)}`;
  });
  const parts = [lua(methodOf(asked)), lua(asked.path), `{${fields.join(', ')}}`];
  if (asked.body !== undefined) parts.push(lua(asked.body));
  return `  requests[#requests + 1] = wrk.format(${parts.join(', ')})\n`;
}

/** Printable ASCII is written alike in JSON and in Lua. */
function lua(text: string): string {
  if (!/^[\x20-\x7e]*$/.test(text)) {
    throw new RangeError(`Expected printable ASCII, got ${JSON.stringify(text)}`);
  }
  return JSON.stringify(text);
}

/** Where and how long. */
export interface BurstOptions {
  readonly wrk: string;
  readonly port: number;
  readonly connections: number;
  /** Whole seconds. */
  readonly seconds: number;
  readonly core: number;
  /** The file with the script, if there is one. */
  readonly script?: string | undefined;
}

/** Loads a server for some seconds. */
export async function burst(
  asked: readonly [Asked, ...Asked[]],
  options: BurstOptions,
): Promise<Burst> {
  const { wrk, port, connections, seconds, core, script } = options;
  const [first, ...more] = asked;
  const args = ['-c', `${core}`, wrk, '--latency', '-t1', `-c${connections}`, `-d${seconds}s`];
  for (const line of more.length ? [] : headersOf(first)) args.push('-H', line);
  if (script !== undefined) args.push('-s', script);
  args.push(`http://127.0.0.1:${port}${first.path}`);
  const { stdout } = await run('taskset', args, { timeout: seconds * 1000 + 20_000 });
  return readWrk(stdout);
}
