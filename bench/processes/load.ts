/** The process of an open load: drives a server as its argument says, and prints what it saw as JSON. */
import { openLoad, type OpenLoadOptions } from './open-load.ts';

try {
  const options = JSON.parse(process.argv[2] ?? '{}') as OpenLoadOptions;
  console.log(JSON.stringify(await openLoad(options)));
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = 1;
}
