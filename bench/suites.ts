/** All suites, by what they measure. */
import { processSuite as gateway } from './gateway/process-suite.ts';
import { processSuite as http } from './http/process-suite.ts';
import type { ProcessSuite } from './processes/case.ts';
import { processSuite as wire } from './wire/process-suite.ts';

/** Suites of calls in one process: each is a folder with a `suite.ts` that exports `suite`. */
export const callSuites: readonly string[] = ['kernel', 'resilience', 'http', 'graphql'];

/** Suites of whole servers: each is a folder with a `process-suite.ts` that exports `processSuite`. */
export const processSuites: readonly ProcessSuite[] = [wire, http, gateway];

/** The suite of jobs, which is run in a way of its own. */
export const JOBS = 'jobs';

/** The names that can be asked for. */
export const suites: readonly string[] = [
  ...new Set([...callSuites, ...processSuites.map(({ name }) => name), JOBS]),
];
