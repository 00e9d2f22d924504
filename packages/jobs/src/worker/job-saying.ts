/** JobSaying: what a handler says of its job while it runs; once the run is over, or is another worker's, nothing of it reaches the job. */
import { redactedText } from '@interpose/kernel/redact';
import type { Delivery } from '../driver.ts';
import { jsonText } from '../json-text.ts';
import type { EndListeners } from './end-listeners.ts';

/** @throws (rejects) TypeError if it is nothing that JSON can carry: some queues would take it, and then nobody could read their events */
export function sayProgress(
  delivery: Delivery,
  ends: EndListeners,
  value: number | object,
): Promise<void> {
  if (ends.areTold || delivery.isAborted) return Promise.resolve();
  try {
    if (!Number.isFinite(value)) jsonText('progress', value);
  } catch (error) {
    return Promise.reject(error as Error);
  }
  return delivery.progress(value);
}

/** Whatever is written is a text, as it is in every queue. */
export function sayLine(delivery: Delivery, ends: EndListeners, line: unknown): Promise<void> {
  if (ends.areTold || delivery.isAborted) return Promise.resolve();
  return delivery.log(typeof line === 'string' ? line : redactedText(line));
}
