/** Statuses as an answer may have them (RFC 9110 section 15). */
import { outOfRange } from '../option.ts';

/** Throws a RangeError for what is no status of a final answer. */
export function checkFinalStatus(status: number): void {
  if (Number.isInteger(status) && status >= 200 && status <= 599) return;
  throw outOfRange('status', 'a whole number from 200 to 599', status);
}

/** Throws a RangeError for what is no status of an interim answer; one that switches protocols is no interim answer. */
export function checkInterimStatus(status: number): void {
  if (Number.isInteger(status) && status >= 100 && status <= 199 && status !== 101) return;
  throw outOfRange('status', 'a whole number from 100 to 199, but not 101', status);
}
