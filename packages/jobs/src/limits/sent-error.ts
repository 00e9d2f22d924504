/** Errors that cross from one process to another and back. */
import { LeaseLostError, PostponedError, RetryLaterError, UnrecoverableError } from '../errors.ts';
import type { SentError } from './child-words.ts';

/** Makes an error, or whatever was thrown or given as a reason, ready to be sent. */
export function toSend(error: unknown): SentError {
  try {
    return readable(error, 0);
  } catch {
    const message = 'The error cannot be read.';
    return { name: 'Error', message, stack: undefined, own: {}, cause: undefined };
  }
}

function readable(error: unknown, depth: number): SentError {
  // Anything may have been put in their place.
  const { name, message, stack, cause } = (
    error instanceof Error ? error : new Error(String(error))
  ) as Record<keyof Error, unknown>;
  const { code } = Object(error) as { readonly code?: unknown };
  return {
    name: String(name),
    message: String(message),
    stack: stack === undefined ? undefined : String(stack),
    own: typeof code === 'string' ? { code } : {},
    cause: cause !== undefined && depth < 5 ? readable(cause, depth + 1) : undefined,
  };
}

/**
 * The error that was sent. Those that the queue knows by their class are of that class again; of all of them name, stack and plain properties are as
 * they were.
 */
export function received(sent: SentError, jobId: string): Error {
  const error = ofItsClass(sent, jobId);
  const { name, stack, own } = sent;
  for (const [key, value] of Object.entries({ ...own, name, stack })) {
    const descriptor = Object.getOwnPropertyDescriptor(error, key);
    if (descriptor?.configurable === false) continue;
    const enumerable = key !== 'name' && key !== 'stack';
    Object.defineProperty(error, key, { value, enumerable, configurable: true, writable: true });
  }
  return error;
}

function ofItsClass({ name, message, own, cause }: SentError, jobId: string): Error {
  const options = cause && { cause: received(cause, jobId) };
  const { code, afterMs } = own;
  if (code === UnrecoverableError.code || name === 'UnrecoverableError') {
    return new UnrecoverableError(message, options);
  }
  if (code === LeaseLostError.code) return new LeaseLostError(jobId, options);
  if (typeof afterMs === 'number' && Number.isFinite(afterMs) && afterMs >= 0) {
    if (code === RetryLaterError.code) return new RetryLaterError(afterMs, options);
    if (code === PostponedError.code) return new PostponedError(afterMs, options);
  }
  return new Error(message, options);
}

/** Whether it says that an allocation failed. V8 says it in words only. */
export function isOutOfMemory({ name, message, own, cause }: SentError): boolean {
  return (
    own['code'] === 'ERR_MEMORY_ALLOCATION_FAILED' ||
    own['code'] === 'ENOMEM' ||
    (name === 'RangeError' && /allocation failed|could not allocate memory/i.test(message)) ||
    (cause !== undefined && isOutOfMemory(cause))
  );
}
