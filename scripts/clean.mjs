/** Removes everything that was built, also what is left of sources that are gone. */
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const built = readdirSync(join(root, 'packages')).map((name) => join('packages', name, 'dist'));

for (const folder of [...built, '.cache'])
  rmSync(join(root, folder), { recursive: true, force: true });
