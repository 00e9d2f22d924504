/** The names of all suites; a new one is a folder with a `suite.ts` that exports `suite`, and its name here. */
export const suites: readonly string[] = ['kernel', 'resilience', 'wire'];
