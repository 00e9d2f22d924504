/** readSecretFile: the text of a file that holds one value, such as a password that an orchestrator mounts. */
import { readFileSync, statSync } from 'node:fs';
import { isAbsolute } from 'node:path';

/** More than any key or certificate needs. */
const MOST_BYTES = 64 * 1024;

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  ENOTDIR: 'a part of its path is no directory',
  EACCES: 'there is no permission to read it',
  EPERM: 'there is no permission to read it',
  ELOOP: 'its links lead in a circle',
  ENAMETOOLONG: 'its name is too long',
};

/**
 * The text of a file, without the line breaks at its end.
 *
 * @throws Error whose message says in words why there is none; nothing of the file is in it
 */
export function readSecretFile(path: string): string {
  if (!isAbsolute(path)) throw new Error('expected a path that begins at the root');
  const bytes = bytesOf(path);
  if (bytes.length > MOST_BYTES) throw new Error(`it has more than ${MOST_BYTES} bytes`);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes).replace(/[\r\n]+$/, '');
  } catch {
    throw new Error('it is no text in UTF-8');
  }
}

function bytesOf(path: string): Uint8Array {
  try {
    const { size } = regular(path);
    return size > MOST_BYTES ? new Uint8Array(MOST_BYTES + 1) : readFileSync(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    throw new Error(REASONS[code] ?? code, { cause: error });
  }
}

/** To read a pipe or a device could wait for ever. */
function regular(path: string): { size: number } {
  const found = statSync(path);
  if (!found.isFile()) throw new Error('it is no plain file');
  return found;
}
