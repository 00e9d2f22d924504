/** Tells results that can be read once only, and so by one caller only, from those that many may share. */

interface Readable {
  readonly body?: unknown;
  readonly pipe?: unknown;
  readonly once?: unknown;
}

/**
 * True for a stream, an async iterable and an iterator, and for what carries one as its `body`, as a `Response` does. What cannot even be
 * looked at is not to be shared either.
 */
export function isOneUse(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  try {
    const { body } = value as Readable;
    return isReadOnce(value) || (typeof body === 'object' && body !== null && isReadOnce(body));
  } catch {
    return true;
  }
}

function isReadOnce(value: Readable): boolean {
  if (value instanceof ReadableStream || Symbol.asyncIterator in value) return true;
  if ('next' in value && Symbol.iterator in value) return true;
  return value.pipe !== undefined && typeof value.once === 'function';
}
