/** A client of WebSockets that sends bytes as they are, and reads frames without asking whether they may be. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

/** A frame of the server. */
export interface Frame {
  readonly opcode: number;
  readonly payload: Buffer;
}

/** How a frame differs from a proper one. */
export interface FrameOptions {
  /** @default true */
  readonly fin?: boolean;
  /** @default true */
  readonly masked?: boolean;
  /** The three reserved bits. @default 0 */
  readonly rsv?: number;
}

export const CONTINUATION = 0;
export const TEXT = 1;
export const BINARY = 2;
export const CLOSE = 8;
export const PING = 9;
export const PONG = 10;

const MASK = Buffer.of(0x37, 0xfa, 0x21, 0x3d);

/** A frame as bytes. */
export function frame(
  opcode: number,
  payload: string | Uint8Array = '',
  { fin = true, masked = true, rsv = 0 }: FrameOptions = {},
): Buffer {
  const data = Buffer.from(payload as string);
  const first = (fin ? 0x80 : 0) | (rsv << 4) | opcode;
  const head =
    data.length < 126
      ? Buffer.of(first, data.length)
      : data.length < 65_536
        ? Buffer.of(first, 126, data.length >> 8, data.length & 0xff)
        : Buffer.concat([Buffer.of(first, 127, 0, 0, 0, 0), uint32(data.length)]);
  if (!masked) return Buffer.concat([head, data]);
  head[1] = (head[1] as number) | 0x80;
  const mixed = data.map((byte, at) => byte ^ (MASK[at % 4] as number));
  return Buffer.concat([head, MASK, mixed]);
}

/** The frame with which a connection ends. */
export function closeFrame(code: number, reason = ''): Buffer {
  return frame(CLOSE, Buffer.concat([Buffer.of(code >> 8, code & 0xff), Buffer.from(reason)]));
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

/** The headers of a proper handshake. */
export const HANDSHAKE: Readonly<Record<string, string>> = {
  Host: 'chat.example',
  Connection: 'Upgrade',
  Upgrade: 'websocket',
  'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
  'Sec-WebSocket-Version': '13',
};

/** A request for a WebSocket; a header that is `undefined` is left out. */
export function handshake(
  headers: Readonly<Record<string, string | undefined>> = {},
  path = '/',
): string {
  const lines = Object.entries({ ...HANDSHAKE, ...headers })
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name}: ${value}\r\n`);
  return `GET ${path} HTTP/1.1\r\n${lines.join('')}\r\n`;
}

/** One connection. */
export class FrameClient {
  readonly socket: Socket;
  #received: Buffer = Buffer.alloc(0);
  #waiting: (() => void)[] = [];
  hasEnded = false;
  hasClosed = false;

  static async connect(port: number): Promise<FrameClient> {
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    onTestFinished(() => void socket.destroy());
    await once(socket, 'connect');
    return new FrameClient(socket);
  }

  constructor(socket: Socket) {
    this.socket = socket;
    socket.on('data', (chunk: Buffer) => {
      this.#received = Buffer.concat([this.#received, chunk]);
      this.#changed();
    });
    socket.on('end', () => {
      this.hasEnded = true;
      this.#changed();
    });
    socket.on('close', () => {
      this.hasEnded = this.hasClosed = true;
      this.#changed();
    });
    socket.on('error', () => {});
  }

  send(...bytes: readonly (string | Uint8Array)[]): this {
    this.socket.write(Buffer.concat(bytes.map((one) => Buffer.from(one as string))));
    return this;
  }

  /** Takes the head of an answer out of what has come. */
  async head(): Promise<string> {
    await this.until(() => this.#received.includes('\r\n\r\n'));
    const end = this.#received.indexOf('\r\n\r\n') + 4;
    const head = this.#received.toString('latin1', 0, end);
    this.#received = this.#received.subarray(end);
    return head;
  }

  /** Takes the next frame out of what has come. */
  async frame(): Promise<Frame> {
    let size: readonly [number, number] | undefined;
    await this.until(() => (size = sizeOf(this.#received)) !== undefined);
    const [head, length] = size as readonly [number, number];
    const bytes = this.#received.subarray(0, head + length);
    this.#received = this.#received.subarray(head + length);
    return { opcode: (bytes[0] as number) & 15, payload: Buffer.from(bytes.subarray(head)) };
  }

  /** The next text. */
  async text(): Promise<string> {
    const { opcode, payload } = await this.frame();
    return opcode === TEXT ? payload.toString() : `opcode ${opcode}: ${payload.toString('hex')}`;
  }

  /** The code and the reason with which the server ends it. */
  async ending(): Promise<readonly [number, string]> {
    for (;;) {
      const { opcode, payload } = await this.frame();
      if (opcode === CLOSE) return [payload.readUInt16BE(0), payload.toString('utf8', 2)];
    }
  }

  /** Waits until something is so. */
  async until(isSo: () => boolean): Promise<void> {
    while (!isSo()) {
      if (this.hasEnded) throw new Error(`It ended with ${this.#received.toString('latin1')}`);
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  /** Waits until the server has ended its side. */
  async ended(): Promise<void> {
    while (!this.hasEnded) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  /** Breaks the connection. */
  reset(): void {
    this.socket.resetAndDestroy();
  }

  #changed(): void {
    for (const waiting of this.#waiting.splice(0)) waiting();
  }
}

/** How long the head of the first frame is, and how long its payload, once all of it is there. */
function sizeOf(bytes: Buffer): readonly [number, number] | undefined {
  if (bytes.length < 2) return undefined;
  const short = (bytes[1] as number) & 127;
  const head = short === 126 ? 4 : short === 127 ? 10 : 2;
  if (bytes.length < head) return undefined;
  const length =
    short === 126
      ? bytes.readUInt16BE(2)
      : short === 127
        ? Number(bytes.readBigUInt64BE(2))
        : short;
  return bytes.length >= head + length ? [head, length] : undefined;
}
