/** Makes PROXY headers of version 2, right ones and wrong ones. */
import { bitwiseCrc32c } from './proxy-reference.ts';

/** What stands in a header. */
export interface BlockParts {
  /** Version and command. @default 0x21 */
  readonly command?: number;
  /** Family and transport. @default 0x11 */
  readonly family?: number;
  readonly addresses?: Uint8Array;
  readonly tlvs?: readonly Uint8Array[];
  /** Said length, if it is not the real one. */
  readonly length?: number;
  /** Whether there is a checksum, and whether it is right. */
  readonly sum?: 'right' | 'wrong';
}

/** From 192.0.2.1:56324 to 198.51.100.7:443. */
export const IPV4_ADDRESSES: Uint8Array = Buffer.from('c0000201c6336407dc0401bb', 'hex');

/** Type, length and value. */
export function tlv(type: number, value: Uint8Array): Buffer {
  const head = Buffer.alloc(3);
  head.writeUInt8(type);
  head.writeUInt16BE(value.length, 1);
  return Buffer.concat([head, value]);
}

/** A header of version 2. */
export function proxyBlock(parts: BlockParts = {}): Buffer {
  const { command = 0x21, family = 0x11, addresses = IPV4_ADDRESSES, tlvs = [], sum } = parts;
  const rest = Buffer.concat([addresses, ...tlvs, ...(sum ? [tlv(3, Buffer.alloc(4))] : [])]);
  const head = Buffer.from('0d0a0d0a000d0a515549540a00000000', 'hex');
  head.writeUInt8(command, 12);
  head.writeUInt8(family, 13);
  head.writeUInt16BE(parts.length ?? rest.length, 14);
  const whole = Buffer.concat([head, rest]);
  if (sum) {
    const right = bitwiseCrc32c(whole);
    whole.writeUInt32BE(sum === 'right' ? right : (right ^ 1) >>> 0, whole.length - 4);
  }
  return whole;
}
