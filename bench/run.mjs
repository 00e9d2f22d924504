/** `npm run bench`: bundles the runner and hands the command line to it. */
import { pathToFileURL } from 'node:url';
import { bundle } from './bundle.mjs';

// Whatever must be tidied up is tidied up at the end of the process, also at an early one.
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1));

const { main } = await import(pathToFileURL(await bundle('main.ts')).href);
process.exitCode = await main(process.argv.slice(2), bundle);
