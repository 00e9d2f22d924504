/** Reads a config file and shows its problems. */
import {
  formatProblem,
  type GatewayConfig,
  type Problem,
  readConfig,
  standardPlugins,
} from '@interpose/gateway';
import type { CommandIo } from './command-io.ts';
import { CommandFailedError, ConfigRefusedError, unreadable } from './errors.ts';

/** A config file that has been read, with or without success. */
export interface ConfigFile {
  readonly config: GatewayConfig | undefined;
  readonly problems: readonly Problem[];
  /** What stands in it. */
  readonly text: string;
}

/**
 * The text of a file.
 *
 * @throws CommandFailedError if there is none
 */
export async function readText(file: string, io: CommandIo): Promise<string> {
  const bytes = await io.readFile(file).catch((error: unknown) => {
    throw unreadable(file, error);
  });
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    throw new CommandFailedError(`cannot read ${file}: it is no text in UTF-8`, { cause: error });
  }
}

/**
 * Reads a config file.
 *
 * @throws CommandFailedError if there is no text to read
 */
export async function readConfigFile(file: string, io: CommandIo): Promise<ConfigFile> {
  const text = await readText(file, io);
  const { environment } = io;
  return { ...readConfig(text, { file, plugins: standardPlugins, environment }), text };
}

/**
 * Reads a config file that is going to be used, and shows its problems on standard error.
 *
 * @throws ConfigRefusedError if it has errors
 */
export async function loadConfig(file: string, io: CommandIo): Promise<GatewayConfig> {
  const { config, problems } = await readConfigFile(file, io);
  for (const problem of problems) io.err(`${formatProblem(problem)}\n`);
  if (config === undefined) throw new ConfigRefusedError(`${file} has errors`);
  return config;
}
