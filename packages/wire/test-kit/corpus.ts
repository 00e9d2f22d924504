/** Messages in files that a person can read: bytes that cannot be seen are written as escapes, and the files' own line breaks mean nothing. */
import { readdirSync, readFileSync } from 'node:fs';

const FOLDER = new URL('../fuzz/corpus/', import.meta.url);

/** A message of the corpus. */
export interface Seed {
  /** The file and the name in it. */
  readonly name: string;
  readonly bytes: Buffer;
}

/** The seeds of all files whose name begins so. */
export function seedsOf(kind: 'request' | 'response'): readonly Seed[] {
  return readdirSync(FOLDER)
    .filter((file) => file.startsWith(`${kind}-`))
    .sort()
    .flatMap((file) => parseSeeds(file, readFileSync(new URL(file, FOLDER), 'utf8')));
}

/** The seeds of a file: each begins with a line `== name`. */
export function parseSeeds(file: string, text: string): readonly Seed[] {
  const [before = '', ...blocks] = text.split(/^== /m);
  if (before.trim()) throw new Error(`${file} does not begin with a name`);
  return blocks.map((block) => {
    const end = block.indexOf('\n');
    return { name: `${file}: ${block.slice(0, end)}`, bytes: unescape(block.slice(end)) };
  });
}

/** Bytes as text: as they are if they can be seen, else as `\r`, `\n`, `\t` or `\xNN`. */
export function escape(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => {
    const character = String.fromCharCode(byte);
    if (byte >= 0x20 && byte < 0x7f) return character === '\\' ? '\\\\' : character;
    return NAMES.get(character) ?? `\\x${byte.toString(16).padStart(2, '0')}`;
  }).join('');
}

const NAMES: ReadonlyMap<string, string> = new Map([
  ['\r', '\\r'],
  ['\n', '\\n'],
  ['\t', '\\t'],
]);

/** The bytes that a text with escapes stands for. */
export function unescape(text: string): Buffer {
  const characters = text
    .replaceAll('\n', '')
    .replace(/\\(?:x([0-9a-f]{2})|([\\rnt])|)/gi, (all, hex?: string, name?: string) => {
      if (hex) return String.fromCharCode(Number.parseInt(hex, 16));
      if (name === '\\') return '\\';
      if (name) return { r: '\r', n: '\n', t: '\t' }[name] ?? '';
      throw new Error(`There is no escape like ${JSON.stringify(text.slice(0, 200))} has: ${all}`);
    });
  return Buffer.from(characters, 'latin1');
}
