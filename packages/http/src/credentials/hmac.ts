/** HMAC-SHA-256 (RFC 2104) without waiting. */
import { type Digest, keyedSha256, sha256 } from './sha256.ts';

const BLOCK_BYTES = 64;

/** Makes codes that only who has the key can make. */
export function hmacSha256(key: Uint8Array): (data: string | Uint8Array) => Digest {
  const own = key.length > BLOCK_BYTES ? bytesOf(sha256(key)) : key;
  const inner = keyedSha256(padded(own, 0x36));
  const outer = keyedSha256(padded(own, 0x5c));
  return (data) => outer(bytesOf(inner(data)));
}

function padded(key: Uint8Array, by: number): Uint8Array {
  const block = new Uint8Array(BLOCK_BYTES).fill(by);
  for (const [at, byte] of key.entries()) block[at] = byte ^ by;
  return block;
}

/** A digest as bytes. */
export function bytesOf(digest: Digest): Uint8Array {
  const bytes = new Uint8Array(digest.length * 4);
  const view = new DataView(bytes.buffer);
  for (const [at, word] of digest.entries()) view.setInt32(at * 4, word);
  return bytes;
}

/** The digest that bytes are; `undefined` if they are too many or too few. */
export function digestOf(bytes: Uint8Array): Digest | undefined {
  if (bytes.length !== 32) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  return Int32Array.from({ length: 8 }, (_, at) => view.getInt32(at * 4));
}
