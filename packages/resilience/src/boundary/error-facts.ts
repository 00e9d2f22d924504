/** What can be said of an error in a log: its kind, where it arose and why, with secrets hidden. */
import { CodedError } from '@interpose/kernel';
import { redactedText } from '@interpose/kernel/redact';
import { MiddlewareError } from './middleware-error.ts';
import { safeText } from './safe-text.ts';

/** An error as plain data that may be written down. */
export interface ErrorFacts {
  readonly type: string;
  readonly message: string;
  /** Its code, if it has one. */
  readonly code?: string;
  /** The name of the middleware or policy where it arose, if it says so. */
  readonly origin?: string;
  readonly stack?: string;
  readonly cause?: ErrorFacts;
  /** The errors of an `AggregateError`, and those that a `MiddlewareError` names as related. */
  readonly related?: readonly ErrorFacts[];
}

/** How far a chain of causes is followed, and how many related errors are told at each. */
const MOST_CAUSES = 10;
const MOST_RELATED = 10;

/** What can be said of anything that was thrown. Reading it may fail where the error is no honest one; then so little is said. */
export function errorFacts(error: unknown): ErrorFacts {
  return factsOf(error, []);
}

function factsOf(error: unknown, outer: readonly unknown[]): ErrorFacts {
  try {
    if (!(error instanceof Error)) return { type: typeof error, message: redactedText(error) };
    const met = [...outer, error];
    const follow = (inner: unknown): ErrorFacts | undefined =>
      met.length > MOST_CAUSES || met.includes(inner) ? undefined : factsOf(inner, met);
    const cause = error.cause === undefined ? undefined : follow(error.cause);
    const related = relatedTo(error)
      .slice(0, MOST_RELATED)
      .flatMap((one) => follow(one) ?? []);
    const code = codeOf(error);
    const origin = originOf(error);
    return {
      type: safeText(error.name),
      message: safeText(error.message),
      ...(code !== undefined && { code }),
      ...(origin !== undefined && { origin }),
      ...(error.stack !== undefined && { stack: safeText(error.stack) }),
      ...(cause && { cause }),
      ...(related.length > 0 && { related }),
    };
  } catch {
    return { type: 'unreadable', message: '[unreadable]' };
  }
}

function relatedTo(error: Error): readonly unknown[] {
  if (error instanceof MiddlewareError) return error.relatedErrors;
  return error instanceof AggregateError ? error.errors : [];
}

/** Codes of all libraries are worth writing down. */
function codeOf(error: Error): string | undefined {
  const { code } = error as { readonly code?: unknown };
  return typeof code === 'string' || typeof code === 'number' ? safeText(String(code)) : undefined;
}

/** Policies and middleware name themselves in what they throw. */
function originOf(error: Error): string | undefined {
  const { middleware, policy, pool } = error as Error & Record<string, unknown>;
  const noted = error instanceof MiddlewareError ? error.metadata['middleware'] : undefined;
  const origin = middleware ?? policy ?? pool ?? noted;
  return typeof origin === 'string' ? safeText(origin) : undefined;
}

/**
 * The code of an error of ours, or made like ours: its class has the same. Other libraries use codes, too, and mean something else: the
 * `UNAUTHORIZED` of a client that we use is not our caller's fault.
 */
export function ownCodeOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const { code } = error as { readonly code?: unknown };
  if (typeof code !== 'string') return undefined;
  const ours =
    error instanceof CodedError ||
    (error.constructor as { readonly code?: unknown } | undefined)?.code === code;
  return ours ? code : undefined;
}

/** A chain of causes for people: one line an error, the outermost first, each with its code and where it arose. */
export function formatMiddlewareTrace(error: unknown): string {
  return linesOf(errorFacts(error), '', '').join('\n');
}

function linesOf(facts: ErrorFacts, indent: string, relation: string): string[] {
  const code = facts.code === undefined ? '' : ` [${facts.code}]`;
  const origin = facts.origin === undefined ? '' : ` in "${facts.origin}"`;
  const message = facts.message.replaceAll(/\s*\n\s*/g, ' ');
  const deeper = `${indent}  `;
  return [
    `${indent}${relation}${facts.type}${code}${origin}: ${message}`,
    ...(facts.related ?? []).flatMap((one) => linesOf(one, deeper, 'with ')),
    ...(facts.cause ? linesOf(facts.cause, deeper, 'caused by ') : []),
  ];
}
