/** `interpose gateway import`: prints a config for what OpenAPI documents describe. */
import { configText, formatSpecProblem, importOpenApi, readSpecs } from '@interpose/gateway';
import type { CommandIo } from './command-io.ts';
import { systemCode, unreadable } from './errors.ts';

/** Options of `gateway import`. */
export interface ImportOptions {
  /** Where all services are, whatever the documents say. */
  readonly server?: string;
  /** Whether schemes of security become plugins. */
  readonly auth?: boolean;
}

/** Prints the config, and what is wrong with the documents on standard error. Gives the exit code. */
export async function importIntoGateway(
  files: readonly string[],
  options: ImportOptions,
  io: CommandIo,
): Promise<number> {
  const read = await Promise.all(files.map((file) => sourcesOf(file, io)));
  const { config, problems } = importOpenApi(read.flat(), options);
  for (const problem of problems) io.err(`${formatSpecProblem(problem)}\n`);
  if (problems.some(({ severity }) => severity === 'error')) return 1;
  io.out(configText({ listen: { host: '127.0.0.1', port: 8080 }, ...config }));
  return 0;
}

/** A document, or all those of a directory. */
async function sourcesOf(file: string, io: CommandIo): ReturnType<typeof readSpecs> {
  try {
    return [{ file, text: new TextDecoder().decode(await io.readFile(file)) }];
  } catch (error) {
    if (systemCode(error) === 'EISDIR') return readSpecs(file);
    throw unreadable(file, error);
  }
}
