/** ImportFailedError: everything that keeps OpenAPI documents from becoming routes, at once. */
import { CodedError } from '@interpose/kernel';
import { formatSpecProblem, type SpecProblem } from './spec-problem.ts';

/** Everything that keeps OpenAPI documents from becoming routes. */
export class ImportFailedError extends CodedError {
  static override readonly code: string = 'IMPORT_FAILED';
  readonly problems: readonly SpecProblem[];

  constructor(problems: readonly SpecProblem[]) {
    const lines = problems.map((problem) => `  ${formatSpecProblem(problem)}`);
    super(`The OpenAPI documents cannot be imported:\n${lines.join('\n')}`);
    this.problems = problems;
  }
}
