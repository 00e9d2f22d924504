/** `node bench/dataverse/run.mjs [TEXT]`: prints the table of the fake organization, of what has TEXT in its name. */
import { pathToFileURL } from 'node:url';
import { bundle } from '../bundle.mjs';

const { table } = await import(pathToFileURL(await bundle('dataverse/table.ts')).href);
for (const row of table(process.argv[2])) process.stdout.write(`${row}\n`);
