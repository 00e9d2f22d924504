/** `interpose dataverse types`: prints interfaces for the tables that metadata describe. */
import {
  type Metadata,
  MetadataBook,
  metadataFromCsdl,
  metadataFromEntityDefinitions,
  tablesSource,
} from '@interpose/dataverse';
import { coreSchema } from '@interpose/dataverse/core-schema';
import { nearest } from '@interpose/kernel/options';
import type { CommandIo } from './command-io.ts';
import { CommandFailedError, unreadable } from './errors.ts';

/** Options of `dataverse types`. */
export interface TypesOptions {
  /** The tables to write. @default all that are described */
  readonly table?: readonly string[];
}

/** Prints the source. Gives the exit code. */
export async function printTypes(
  files: readonly string[],
  { table: wanted = [] }: TypesOptions,
  io: CommandIo,
): Promise<number> {
  const book = new MetadataBook();
  for (const metadata of await sourcesOf(files, io)) book.add(metadata);
  const known = book.entityNames;
  const missing = wanted.filter((name) => !known.includes(name));
  if (missing.length > 0) {
    throw new CommandFailedError(missing.map((name) => unknownTable(name, known)).join('; '));
  }
  io.out(tablesSource(book, wanted.length > 0 ? { tables: wanted } : {}));
  return 0;
}

async function sourcesOf(files: readonly string[], io: CommandIo): Promise<readonly Metadata[]> {
  if (files.length > 0) return Promise.all(files.map((file) => metadataOf(file, io)));
  return [coreSchema()];
}

async function metadataOf(file: string, io: CommandIo): Promise<Metadata> {
  const text = new TextDecoder().decode(await bytesOf(file, io));
  try {
    return /^\s*</.test(text)
      ? metadataFromCsdl(text)
      : metadataFromEntityDefinitions(JSON.parse(text));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new CommandFailedError(`${file} holds no metadata: ${reason}`, { cause: error });
  }
}

async function bytesOf(file: string, io: CommandIo): Promise<Uint8Array> {
  try {
    return await io.readFile(file);
  } catch (error) {
    throw unreadable(file, error);
  }
}

function unknownTable(name: string, known: readonly string[]): string {
  const like = nearest(name, known);
  return `no table "${name}" is described${like === undefined ? '' : ` — did you mean "${like}"?`}`;
}
