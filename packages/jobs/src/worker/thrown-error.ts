/** errorOf: whatever a handler has thrown, as an error that every queue can write down. */
import { redactedText } from '@interpose/kernel/redact';

/** Queues keep the message of an error; what is none, or cannot be read as one, becomes one. */
export function errorOf(thrown: unknown): Error {
  return isError(thrown) ? thrown : errorAbout(thrown);
}

/** The same with a stack that can be read, too: to read one is dear, and only a failure needs it. */
export function failureOf(error: Error): Error {
  try {
    const { stack } = error as { readonly stack?: unknown };
    if (stack === undefined || typeof stack === 'string') return error;
  } catch {
    // It is told about below.
  }
  return errorAbout(error);
}

/** Its name and its message are texts, so that whoever reads them later does not fail of it. */
function isError(thrown: unknown): thrown is Error {
  try {
    if (!(thrown instanceof Error)) return false;
    const { name, message } = thrown as { readonly name: unknown; readonly message: unknown };
    return typeof name === 'string' && typeof message === 'string';
  } catch {
    return false;
  }
}

/** An error of another realm, what looks like one, or anything else. */
function errorAbout(thrown: unknown): Error {
  const text = typeof thrown === 'string' && thrown !== '' ? thrown : textAt(thrown, 'message');
  const message = text ?? `Something was thrown that is no error: ${redactedText(thrown)}`;
  const error = new Error(message, { cause: thrown });
  const name = textAt(thrown, 'name');
  return name === undefined ? error : Object.assign(error, { name });
}

function textAt(thrown: unknown, key: string): string | undefined {
  if (typeof thrown !== 'object' || thrown === null) return undefined;
  try {
    const text = (thrown as Readonly<Record<string, unknown>>)[key];
    return typeof text === 'string' && text !== '' ? text : undefined;
  } catch {
    return undefined;
  }
}
