/** `interpose gateway diff`: shows what another config would change, and what becomes of what the gateway has learned. */
import { configDiff, standardPlugins } from '@interpose/gateway';
import type { CommandIo } from './command-io.ts';
import { loadConfig } from './config-file.ts';
import { diffText } from './diff-text.ts';

/** Options of `gateway diff`. */
export interface DiffOptions {
  /** Whether to print JSON instead of lines. */
  readonly json?: boolean;
}

/** The two files to compare. */
export interface DiffFiles {
  readonly before: string;
  readonly after: string;
}

/** Prints what is different in the second config. Gives the exit code, which is 0 also if there is a difference. */
export async function diffGateway(
  { before, after }: DiffFiles,
  options: DiffOptions,
  io: CommandIo,
): Promise<number> {
  const [old, now] = [await loadConfig(before, io), await loadConfig(after, io)];
  const diff = configDiff(old, now, standardPlugins);
  io.out(
    options.json ? `${JSON.stringify({ before, after, ...diff }, null, 2)}\n` : diffText(diff),
  );
  return 0;
}
