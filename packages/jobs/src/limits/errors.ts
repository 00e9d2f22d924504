/** What jobs fail with that take more than they may, or whose child process does not come to an end of its own. */
import { CodedError } from '@interpose/kernel';

/**
 * What has become of the handler: not begun; told by its signal and still running; ended after it was told; still running though nobody
 * waits for it any more; ended by force.
 */
export type HandlerEnd = 'not-started' | 'running' | 'stopped' | 'abandoned' | 'killed';

/** What a limit has to say. */
export interface LimitReport {
  readonly limit: number;
  /** How much was in use; `undefined` where the limit was held by something that does not say. */
  readonly used: number | undefined;
  readonly handler: HandlerEnd;
  readonly cause?: unknown;
}

const ENDS: Readonly<Record<HandlerEnd, string>> = {
  'not-started': 'The handler was not started.',
  running: 'The handler is to stop.',
  stopped: 'The handler has stopped.',
  abandoned: 'The handler has not stopped and was abandoned.',
  killed: 'The handler was killed.',
};

const inWords = (
  what: string,
  unit: string,
  { limit, used, handler, cause }: LimitReport,
): [string, ErrorOptions | undefined] => {
  const how = used === undefined ? ' was asked for' : `: ${used.toFixed(1)}${unit}`;
  const options = cause === undefined ? undefined : { cause };
  return [`More ${what} than ${limit}${unit}${how}. ${ENDS[handler]}`, options];
};

/** More memory was in use than may be, by the process or by the child of one job. */
export class MemoryLimitError extends CodedError {
  static override readonly code: string = 'MEMORY_LIMIT';
  readonly limitMb: number;
  /** `undefined` where an allocation failed: then the limit was not passed, and more was only asked for. */
  readonly usedMb: number | undefined;
  readonly handler: HandlerEnd;

  constructor(report: LimitReport) {
    super(...inWords('memory', ' MB', report));
    this.limitMb = report.limit;
    this.usedMb = report.used;
    this.handler = report.handler;
  }
}

/** More of the processor was in use than may be. */
export class CpuLimitError extends CodedError {
  static override readonly code: string = 'CPU_LIMIT';
  readonly limit: number;
  /** `undefined` where the kernel held the limit. */
  readonly used: number | undefined;
  /** Per cent of one processor, or milliseconds of its time. */
  readonly unit: 'percent' | 'ms';
  readonly handler: HandlerEnd;

  constructor(report: LimitReport & { readonly unit: 'percent' | 'ms' }) {
    super(...inWords('of the processor', report.unit === 'ms' ? ' ms' : ' %', report));
    this.limit = report.limit;
    this.used = report.used;
    this.unit = report.unit;
    this.handler = report.handler;
  }
}

/** A limit with `mode: 'isolate'` stands round a handler that does not run in a child process: nothing has held it. */
export class NotIsolatedError extends CodedError {
  static override readonly code: string = 'NOT_ISOLATED';

  constructor(limit: string, jobName: string) {
    super(
      `"${limit}" has mode 'isolate', and the handler of job "${jobName}" does not run in a child process. Make it with isolated(), or say mode: 'watch'.`,
    );
  }
}

/** This machine cannot hold a limit as hard as it was asked for. */
export class IsolationUnavailableError extends CodedError {
  static override readonly code: string = 'ISOLATION_UNAVAILABLE';
  /** What is missing. */
  readonly missing: readonly string[];

  constructor(limit: string, missing: readonly string[]) {
    super(`"${limit}" cannot have mode 'isolate' on this machine: it needs ${missing.join(', ')}.`);
    this.missing = missing;
  }
}

/** The module of an isolated handler could not be loaded, or does not export the function. */
export class IsolatedModuleError extends CodedError {
  static override readonly code: string = 'ISOLATED_MODULE';
}

/** The child process ended before its handler had. */
export class ChildEndedError extends CodedError {
  static override readonly code: string = 'CHILD_ENDED';
  readonly exitCode: number | null;
  /** The signal that ended it, if one did. */
  readonly signal: string | null;
  /** The end of what it wrote to standard error, at most 4 KB. */
  readonly stderr: string;

  constructor(end: {
    readonly exitCode: number | null;
    readonly signal: string | null;
    readonly stderr: string;
  }) {
    const how = end.signal === null ? `with exit code ${end.exitCode}` : `by ${end.signal}`;
    super(`The child process ended ${how} before its handler had.`);
    this.exitCode = end.exitCode;
    this.signal = end.signal;
    this.stderr = end.stderr;
  }
}
