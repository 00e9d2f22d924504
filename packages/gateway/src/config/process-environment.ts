/** processEnvironment: the variables of this process. */
import type { Environment } from './environment.ts';

/** The variables as they are now. */
export function processEnvironment(): Environment {
  return process.env;
}
