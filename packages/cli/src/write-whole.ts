/** writeWhole: puts a text into a file so that a reader finds the old one or the new one, never a part. */
import { open, rename, rm } from 'node:fs/promises';

/**
 * Puts a text into a file that only its owner can read.
 *
 * @throws Error of the system if it cannot; the file is as it was then
 */
export async function writeWhole(path: string, text: string): Promise<void> {
  const beside = `${path}.${process.pid}.new`;
  try {
    // A text that is not on the disk yet must not take the place of one that is.
    const file = await open(beside, 'w', 0o600);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(beside, path);
  } catch (error) {
    await rm(beside, { force: true });
    throw error;
  }
}
