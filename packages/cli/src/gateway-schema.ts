/** `interpose gateway schema`: prints the JSON Schema of a config, for editors. */
import { configSchema, standardPlugins } from '@interpose/gateway';
import type { CommandIo } from './command-io.ts';

/** Prints the schema. Gives the exit code. */
export function printSchema(io: CommandIo): number {
  io.out(`${JSON.stringify(configSchema(standardPlugins), null, 2)}\n`);
  return 0;
}
