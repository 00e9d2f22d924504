/** `node bench/graphql/limiters.mjs [TEXT]`: prints what limiters of depth and cost take and say, of contenders that have TEXT in their name. */
import { pathToFileURL } from 'node:url';
import { bundle } from '../bundle.mjs';

const { table } = await import(pathToFileURL(await bundle('graphql/limiters.ts')).href);
for (const row of table(process.argv[2])) process.stdout.write(`${row}\n`);
