/** Finds the OpenAPI documents of services in a directory: every `spec.yaml`, however deep. */
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { ImportFailedError } from './import-failed-error.ts';

/** A document that has been read. */
export interface SpecSource {
  /** For messages. */
  readonly file: string;
  readonly text: string;
}

const NAME = /^spec\.(?:ya?ml|json)$/;

/**
 * Reads all of them, sorted by their paths.
 *
 * @throws ImportFailedError if there is no such directory, or a file in it cannot be read
 */
export async function readSpecs(directory: string): Promise<readonly SpecSource[]> {
  const isDirectory = await stat(directory).then(
    (found) => found.isDirectory(),
    () => false,
  );
  if (!isDirectory) throw new ImportFailedError([fault(directory, 'Invalid specs directory')]);
  const files = await readdir(directory, { recursive: true, withFileTypes: true });
  const paths = files
    .filter((file) => !file.isDirectory() && NAME.test(file.name))
    .map((file) => join(file.parentPath, file.name))
    .toSorted();
  const read = await Promise.all(
    paths.map((file) =>
      readFile(file, 'utf8').then(
        (text) => ({ file, text }),
        () => fault(file, 'Failed to open spec file'),
      ),
    ),
  );
  const faults = read.filter((one) => 'message' in one);
  if (faults.length) throw new ImportFailedError(faults);
  return read as SpecSource[];
}

const fault = (file: string, message: string) =>
  ({ file, path: '', severity: 'error', message }) as const;
