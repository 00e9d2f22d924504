/** Checks what is said of a job when it is added. */
import { checkMs, checkNames, checkWhole, outOfRange, unexpected } from '@interpose/kernel/options';
import type { Repeat } from '../driver.ts';
import type { BackoffOptions, JobOptions, KeepJobs } from '../job.ts';

const NAMES: readonly (keyof JobOptions)[] = [
  'jobId',
  'attempts',
  'backoff',
  'delay',
  'priority',
  'lifo',
  'removeOnComplete',
  'removeOnFail',
];

const LOWEST_PRIORITY = 2_097_152;

/** @throws TypeError or RangeError for an option that is unknown or out of range */
export function checkJobOptions(options: JobOptions): void {
  if (typeof options !== 'object' || options === null) {
    throw unexpected('options', 'an object', options);
  }
  checkNames('a job', options, NAMES);
  const { jobId, attempts, backoff, delay, priority, lifo } = options;
  if (jobId !== undefined) checkText('jobId', jobId);
  if (attempts !== undefined) checkWhole('attempts', attempts, 1);
  if (backoff !== undefined) checkBackoff(backoff);
  if (delay !== undefined) checkMs('delay', delay);
  if (priority !== undefined) checkPriority(priority);
  if (lifo !== undefined && typeof lifo !== 'boolean') {
    throw unexpected('lifo', 'true or false', lifo);
  }
  checkKeep('removeOnComplete', options.removeOnComplete);
  checkKeep('removeOnFail', options.removeOnFail);
}

/** Half of a character, which a store would keep as another one. */
const HALF = /\p{Surrogate}/u;

/** @throws TypeError if it is no text, an empty one, or none that can be stored as it is */
export function checkText(name: string, value: unknown): string {
  if (typeof value !== 'string' || value === '') throw unexpected(name, 'a text', value);
  if (HALF.test(value)) throw unexpected(name, 'a text of whole characters', value);
  return value;
}

/** Redis keys are parted by colons, and a queue must be able to move there. @throws TypeError if it is no name */
export function checkQueueName(name: string, value: unknown): string {
  if (typeof value !== 'string' || value === '' || value.includes(':') || HALF.test(value)) {
    throw unexpected(name, 'the name of a queue, a text without ":"', value);
  }
  return value;
}

/** @throws TypeError or RangeError if it is none */
export function checkRepeat(repeat: Repeat): void {
  if (typeof repeat !== 'object' || repeat === null)
    throw unexpected('repeat', 'an object', repeat);
  checkNames('repeat', repeat, ['every', 'limit']);
  checkMs('every', repeat.every, 1);
  if (repeat.limit !== undefined) checkWhole('limit', repeat.limit, 1);
}

function checkPriority(priority: unknown): void {
  if (checkWhole('priority', priority) > LOWEST_PRIORITY) {
    throw outOfRange('priority', `a whole number up to ${LOWEST_PRIORITY}`, priority);
  }
}

function checkBackoff(backoff: number | BackoffOptions): void {
  if (typeof backoff === 'number') return void checkMs('backoff', backoff);
  if (typeof backoff !== 'object' || backoff === null) {
    throw unexpected('backoff', 'a number of milliseconds or an object', backoff);
  }
  checkNames('backoff', backoff, ['type', 'delay', 'jitter']);
  const { type, delay, jitter = 0 } = backoff;
  if (type !== 'fixed' && type !== 'exponential') {
    throw unexpected('backoff.type', `'fixed' or 'exponential'`, type);
  }
  checkMs('backoff.delay', delay);
  const share = 'a share from 0 to 1';
  if (typeof jitter !== 'number') throw unexpected('backoff.jitter', share, jitter);
  if (!(jitter >= 0 && jitter <= 1)) throw outOfRange('backoff.jitter', share, jitter);
}

function checkKeep(name: string, keep: KeepJobs | undefined): void {
  if (keep === undefined || typeof keep === 'boolean') return;
  if (typeof keep === 'number') return void checkWhole(name, keep);
  if (typeof keep !== 'object' || keep === null) {
    throw unexpected(name, 'true, false, a number or an object', keep);
  }
  checkNames(name, keep, ['count', 'age']);
  if (keep.count !== undefined) checkWhole(`${name}.count`, keep.count);
  const { age } = keep;
  const seconds = 'a number of seconds, 0 or more';
  if (age !== undefined && typeof age !== 'number') throw unexpected(`${name}.age`, seconds, age);
  if (age !== undefined && !(age >= 0 && age < Infinity)) {
    throw outOfRange(`${name}.age`, seconds, age);
  }
}
