/** The shape that the results of a batch must have: a list with one for each item. */
import { CodedError } from '@interpose/kernel';

/** `execute` gave something other than one result for each item, so nobody knows whose is whose. Every caller of the batch gets it. */
export class BatchShapeError extends CodedError {
  static override readonly code: string = 'BATCH_SHAPE';
  /** The name of the policy. */
  readonly policy: string;
  /** How many results there should have been. */
  readonly expected: number;
  /** How many there were; `undefined` if it was no list. */
  readonly got: number | undefined;

  constructor(policy: string, expected: number, got: number | undefined) {
    const came = got === undefined ? 'no list' : `${got}`;
    super(
      `Expected \`execute\` of "${policy}" to give a list of ${expected} results, got ${came}.`,
    );
    this.policy = policy;
    this.expected = expected;
    this.got = got;
  }
}

/**
 * Checks what `execute` gave.
 *
 * @throws BatchShapeError
 */
export function checkShape(policy: string, expected: number, results: unknown): readonly unknown[] {
  if (!Array.isArray(results)) throw new BatchShapeError(policy, expected, undefined);
  if (results.length !== expected) throw new BatchShapeError(policy, expected, results.length);
  return results as readonly unknown[];
}
