/** The middleware of a FastApi: which there are, in which order, and with what they were made. */
import type { AnyMiddleware } from '@interpose/kernel';
import { isSecret, REDACTED } from '@interpose/kernel/redact';

/** A middleware as it is listed. */
export interface UserMiddleware {
  /** The name of a built-in one, or `function`. */
  readonly type: string;
  readonly functionName: string | null;
  /** With what it was made; secrets are hidden, and nothing that is done to it has an effect. */
  readonly params?: Readonly<Record<string, unknown>>;
}

/** A middleware in the stack. */
export interface StackEntry {
  readonly run: AnyMiddleware;
  readonly type: string;
  readonly origin: string;
  readonly params: Readonly<Record<string, unknown>>;
}

/** The list, outermost first. */
export function listed(stack: readonly StackEntry[], includeParams: boolean): UserMiddleware[] {
  return stack.map(({ run, type, params }) => ({
    type,
    functionName: type === 'function' ? run.name || null : null,
    ...(includeParams && { params: shown(params) as Readonly<Record<string, unknown>> }),
  }));
}

/** The same in words: a request goes down the list, its answer up again. */
export function explained(stack: readonly StackEntry[]): string {
  const rows = stack.map(({ run, type, origin }, at) => [
    String(at + 1),
    type === 'function' ? run.name || 'function' : type,
    origin,
  ]);
  const widths = [0, 1].map((column) =>
    Math.max(0, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  const lines = rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  return [...lines, `${' '.repeat(widths[0] ?? 0)}  the route's handler`].join('\n');
}

function shown(value: unknown, name = ''): unknown {
  if (isSecret(name)) return REDACTED;
  if (typeof value === 'function') return `[function ${value.name || 'anonymous'}]`;
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((item) => shown(item));
  if (Object.getPrototypeOf(value) !== Object.prototype) return `[${value.constructor.name}]`;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, shown(item, key)]));
}
