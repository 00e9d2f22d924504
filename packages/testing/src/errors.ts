/** Everything that a tool for tests can complain about. */
import { CodedError } from '@interpose/kernel';

/** A fake clock fired so many timers that it will hardly ever come to rest: each one sets another. */
export class ClockStuckError extends CodedError {
  static override readonly code: string = 'CLOCK_STUCK';
  /** What the clock said when it gave up. */
  readonly nowMs: number;

  constructor(fired: number, nowMs: number) {
    super(
      `The fake clock fired ${fired} timers and stands at ${nowMs} ms with more to come. A timer that sets itself anew never ends; move the clock with advance() instead.`,
    );
    this.nowMs = nowMs;
  }
}

/** A stub handler was called more often than its script foresees. */
export class ScriptEndedError extends CodedError {
  static override readonly code: string = 'SCRIPT_ENDED';

  constructor(call: number, steps: number) {
    super(
      `Call ${call} of a stub handler whose script has ${steps} ${steps === 1 ? 'step' : 'steps'}. Add a step, or end the script with always().`,
    );
  }
}

/** A recorder has other entries than were expected. */
export class WrongOrderError extends CodedError {
  static override readonly code: string = 'WRONG_ORDER';
  readonly expected: readonly string[];
  readonly actual: readonly string[];

  constructor(expected: readonly string[], actual: readonly string[]) {
    super(`Expected another order; "<" marks where it differs.\n${sideBySide(expected, actual)}`);
    this.expected = expected;
    this.actual = actual;
  }
}

/** A middleware broke a law of its contract. */
export class BrokenLawError extends CodedError {
  static override readonly code: string = 'BROKEN_LAW';
  readonly middleware: string;
  readonly law: string;

  constructor(middleware: string, law: string, fault: string, options?: ErrorOptions) {
    super(`Middleware "${middleware}" breaks the law "${law}": ${fault}`, options);
    this.middleware = middleware;
    this.law = law;
  }
}

function sideBySide(expected: readonly string[], actual: readonly string[]): string {
  const width = Math.max('expected'.length, ...expected.map((entry) => entry.length));
  const lines = Array.from({ length: Math.max(expected.length, actual.length) }, (_, at) => {
    const [wanted = '-', got = '-'] = [expected[at], actual[at]];
    return `${String(at + 1).padStart(3)}  ${wanted.padEnd(width)}  ${got}${wanted === got ? '' : '  <'}`;
  });
  return [`     ${'expected'.padEnd(width)}  got`, ...lines].join('\n');
}
