/** What packs and unpacks bodies in this process: Node's zlib where there is one, else what the web offers. */
import type { Coders } from './coder.ts';
import { webCoders } from './web-coders.ts';
import { zlibCoders } from './zlib-coders.ts';

let here: Coders | undefined;

/** What there is. */
export function codersHere(): Coders {
  return (here ??= zlibCoders() ?? webCoders);
}
