/** Adds to the lock file what `npm install` has left out; run it when the test of the lock file says so. */
import { readFileSync, writeFileSync } from 'node:fs';
import { entryFor, missing } from './lock.mjs';

const file = new URL('../package-lock.json', import.meta.url);
const lock = JSON.parse(readFileSync(file, 'utf8'));
const left = missing(lock.packages);

for (const build of left) lock.packages[`node_modules/${build.name}`] = entryFor(build);
lock.packages = Object.fromEntries(
  Object.entries(lock.packages).sort(([a], [b]) => a.localeCompare(b, 'en')),
);
writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`);
console.log(`${left.length} entries added`);
