/** Keeps the text of the last config that was taken, and starts with it when the file at hand cannot be used. */
import { formatProblem, type GatewayConfig } from '@interpose/gateway';
import type { CommandIo } from './command-io.ts';
import { readConfigFile } from './config-file.ts';
import { CommandFailedError, ConfigRefusedError, systemCode } from './errors.ts';

/** A config to start with. */
export interface FirstConfig {
  readonly config: GatewayConfig;
  /** What stands in the file at hand, usable or not; nothing if it cannot be read. */
  readonly text: string | undefined;
  /** Whether it is the last good one that is used, and not the file at hand. */
  readonly isLastGood: boolean;
}

/**
 * Reads the config to start with, and shows what is wrong with it on standard error. One that cannot be used is replaced by the last good
 * one, if that is kept and there is one.
 *
 * @throws ConfigRefusedError or CommandFailedError if there is nothing to start with
 */
export async function firstConfig(
  file: string,
  lastGood: string | undefined,
  io: CommandIo,
): Promise<FirstConfig> {
  const read = await readConfigFile(file, io).catch((error: unknown) => {
    if (lastGood === undefined || !CommandFailedError.is(error)) throw error;
    io.err(`interpose: ${error.message}\n`);
    return { config: undefined, problems: [], text: undefined };
  });
  for (const problem of read.problems) io.err(`${formatProblem(problem)}\n`);
  if (read.config !== undefined) return { config: read.config, text: read.text, isLastGood: false };
  const kept = lastGood === undefined ? undefined : await readGood(lastGood, io);
  if (kept === undefined) throw new ConfigRefusedError(`${file} has errors`);
  io.err(`interpose: ${file} cannot be used; starting with the last good config, ${lastGood}\n`);
  return { config: kept, text: read.text, isLastGood: true };
}

async function readGood(lastGood: string, io: CommandIo): Promise<GatewayConfig | undefined> {
  const read = await readConfigFile(lastGood, io).catch((error: unknown) => {
    io.err(`interpose: ${error instanceof Error ? error.message : String(error)}\n`);
    return undefined;
  });
  for (const problem of read?.problems ?? []) io.err(`${formatProblem(problem)}\n`);
  return read?.config;
}

/** Keeps the text of a config that was taken. A failure is told, and harms nothing else. */
export async function keepGood(file: string, text: string, io: CommandIo): Promise<void> {
  try {
    await io.writeFile?.(file, text);
  } catch (error) {
    const reason = systemCode(error) ?? String(error);
    io.err(`interpose: cannot keep the last good config in ${file}: ${reason}\n`);
  }
}
