/** Captures what a program writes to its console for a while. */

/** One piece of what was written. */
export interface CapturedLog {
  readonly stream: 'stdout' | 'stderr';
  readonly text: string;
}

/** What is written while it is not disposed of. */
export interface CapturedLogs extends Disposable {
  readonly entries: readonly CapturedLog[];
  /** All that was written to a stream, or to both. */
  text(stream?: CapturedLog['stream']): string;
}

type Write = (...args: unknown[]) => unknown;
type Writable = { write: Write };
interface Host {
  readonly process?: { readonly stdout?: Writable; readonly stderr?: Writable };
}

const METHODS = {
  debug: 'stdout',
  error: 'stderr',
  info: 'stdout',
  log: 'stdout',
  warn: 'stderr',
} as const satisfies Readonly<Record<string, CapturedLog['stream']>>;

/** Captures, until it is disposed of, what would go to the console. One at a time in a process. */
export function captureLogs(): CapturedLogs {
  const entries: CapturedLog[] = [];
  const restore: (() => void)[] = [];
  const replace = <T extends object>(of: T, name: keyof T, by: Write): void => {
    const before = of[name];
    of[name] = by as T[keyof T];
    restore.push(() => {
      of[name] = before;
    });
  };
  for (const [name, stream] of Object.entries(METHODS)) {
    replace(console, name as keyof typeof METHODS, (...args) => {
      entries.push({ stream, text: `${args.map(textOf).join(' ')}\n` });
    });
  }
  const { stdout, stderr } = (globalThis as Host).process ?? {};
  for (const [stream, of] of [
    ['stdout', stdout],
    ['stderr', stderr],
  ] as const) {
    if (!of) continue;
    replace(of, 'write', (text) => {
      entries.push({ stream, text: textOf(text) });
      return true;
    });
  }
  return {
    entries,
    text: (stream) =>
      entries
        .filter((entry) => stream === undefined || entry.stream === stream)
        .map(({ text }) => text)
        .join(''),
    [Symbol.dispose]: () => {
      for (const one of restore.splice(0).toReversed()) one();
    },
  };
}

function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  if (value instanceof Uint8Array) return new TextDecoder().decode(value);
  if (value instanceof Error) return value.stack ?? String(value);
  try {
    return JSON.stringify(value) ?? String(value);
  } catch {
    return String(value);
  }
}
