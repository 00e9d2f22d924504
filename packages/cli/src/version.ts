/** The version of the command: that of its package. */
import { createRequire } from 'node:module';

/** The version, as in `0.1.0`. */
export const version: string = (
  createRequire(import.meta.url)('../package.json') as { readonly version: string }
).version;
