/** A client of HTTP/2 that sends frames as they are, right or wrong, and tells which ones come back. */
import type { Duplex } from 'node:stream';

/** Types of frames (RFC 9113 section 6). */
export const DATA = 0;
export const HEADERS = 1;
export const RST_STREAM = 3;
export const SETTINGS = 4;
export const PING = 6;
export const GOAWAY = 7;
export const WINDOW_UPDATE = 8;
export const CONTINUATION = 9;

export const END_STREAM = 1;
export const END_HEADERS = 4;
const ACK = 1;

/** One frame. */
export interface Frame {
  readonly type: number;
  readonly flags: number;
  readonly stream: number;
  readonly payload: Buffer;
}

/** Codes of errors (RFC 9113 section 7). */
export const NO_ERROR = 0;
export const PROTOCOL_ERROR = 1;
export const INTERNAL_ERROR = 2;
export const REFUSED_STREAM = 7;
export const CANCEL = 8;
export const ENHANCE_YOUR_CALM = 11;

const HEAD_BYTES = 9;
const PREFACE = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n';

/** What stands at the head of a request, pseudo-headers first. */
export const requestHeaders = (path = '/', ...more: readonly string[]): readonly string[] => [
  ':method',
  'GET',
  ':scheme',
  'http',
  ':path',
  path,
  ':authority',
  'a',
  ...more,
];

/** A client of HTTP/2. */
export class FrameClient {
  readonly socket: Duplex;
  /** All that came, but for what every connection has: settings, and news of windows. */
  readonly frames: Frame[] = [];
  hasEnded = false;
  hasClosed = false;
  #rest = Buffer.alloc(0);
  #waiting: (() => void)[] = [];

  constructor(socket: Duplex, settings: readonly (readonly [number, number])[] = []) {
    this.socket = socket;
    socket.on('data', (chunk: Buffer) => this.#read(chunk));
    socket.on('end', () => {
      this.hasEnded = true;
      this.#changed();
    });
    socket.on('close', () => {
      this.hasClosed = true;
      this.#changed();
    });
    socket.on('error', () => {});
    socket.write(PREFACE);
    this.send(SETTINGS, 0, 0, settingsOf(settings));
  }

  /** Sends a frame. */
  send(type: number, flags: number, stream: number, payload: Uint8Array = new Uint8Array(0)): this {
    this.socket.write(frame(type, flags, stream, payload));
    return this;
  }

  /** Sends a head whose headers are neither compressed nor remembered. */
  request(stream: number, headers: readonly string[], flags: number = END_STREAM): this {
    return this.send(HEADERS, flags | END_HEADERS, stream, headerBlock(headers));
  }

  /** Sends bytes of a body. */
  data(stream: number, bytes: string | Uint8Array, flags = 0): this {
    return this.send(DATA, flags, stream, Buffer.from(bytes as string));
  }

  /** Gives a stream up. */
  reset(stream: number, code: number = CANCEL): this {
    return this.send(RST_STREAM, 0, stream, uint32(code));
  }

  /** Lets the server send so many bytes more. */
  allow(stream: number, bytes: number): this {
    return this.send(WINDOW_UPDATE, 0, stream, uint32(bytes));
  }

  /** The frames of a stream. */
  of(stream: number): readonly Frame[] {
    return this.frames.filter((frame) => frame.stream === stream);
  }

  /** The first frame that `isIt` is true of, as soon as it has come. */
  async frame(isIt: (frame: Frame) => boolean): Promise<Frame> {
    for (;;) {
      const found = this.frames.find(isIt);
      if (found) return found;
      if (this.hasClosed) {
        const types = this.frames.map(({ type, stream }) => `${type}/${stream}`);
        throw new Error(`closed without the frame, behind ${types.join(' ')}`);
      }
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  /** The end of a stream: its last frame, whatever kind of end it is. */
  end(stream: number): Promise<Frame> {
    return this.frame(
      (frame) =>
        frame.stream === stream &&
        (frame.type === RST_STREAM || (frame.type <= HEADERS && (frame.flags & END_STREAM) !== 0)),
    );
  }

  /** The code with which a stream was reset. */
  async resetCode(stream: number): Promise<number> {
    const { payload } = await this.frame(
      (frame) => frame.stream === stream && frame.type === RST_STREAM,
    );
    return payload.readUInt32BE(0);
  }

  /** What the server said when it ended the connection: the last stream that it took, and why. */
  async goaway(): Promise<{ readonly last: number; readonly code: number }> {
    const { payload } = await this.frame(({ type }) => type === GOAWAY);
    return { last: payload.readUInt32BE(0), code: payload.readUInt32BE(4) };
  }

  /** Waits until the server has answered a ping: all that was sent before is then read. */
  async pinged(): Promise<void> {
    const payload = Buffer.alloc(8);
    payload.writeUInt32BE(this.frames.length + 1, 4);
    this.send(PING, 0, 0, payload);
    await this.frame((frame) => frame.type === PING && frame.payload.equals(payload));
  }

  /** Waits until the connection is gone. */
  async closed(): Promise<void> {
    while (!this.hasClosed) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  #read(chunk: Buffer): void {
    this.#rest = Buffer.concat([this.#rest, chunk]);
    while (this.#rest.length >= HEAD_BYTES) {
      const end = HEAD_BYTES + this.#rest.readUIntBE(0, 3);
      if (this.#rest.length < end) break;
      const read = {
        type: this.#rest.readUInt8(3),
        flags: this.#rest.readUInt8(4),
        stream: this.#rest.readUInt32BE(5),
        payload: this.#rest.subarray(HEAD_BYTES, end),
      };
      this.#rest = this.#rest.subarray(end);
      if (read.type === SETTINGS) {
        if (!(read.flags & ACK)) this.send(SETTINGS, ACK, 0);
      } else if (read.type !== WINDOW_UPDATE) this.frames.push(read);
    }
    this.#changed();
  }

  #changed(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const go of waiting) go();
  }
}

/** A frame as bytes. */
export function frame(type: number, flags: number, stream: number, payload: Uint8Array): Buffer {
  const head = Buffer.alloc(HEAD_BYTES);
  head.writeUIntBE(payload.length, 0, 3);
  head.writeUInt8(type, 3);
  head.writeUInt8(flags, 4);
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

/** Headers as a block (RFC 7541): each as a literal that is not to be remembered. */
export function headerBlock(headers: readonly string[]): Buffer {
  const parts: Buffer[] = [];
  for (let at = 0; at + 1 < headers.length; at += 2) {
    parts.push(Buffer.of(0), literal(headers[at] as string), literal(headers[at + 1] as string));
  }
  return Buffer.concat(parts);
}

function literal(text: string): Buffer {
  const bytes = Buffer.from(text, 'latin1');
  return Buffer.concat([prefixed(bytes.length), bytes]);
}

/** A number in a prefix of seven bits (RFC 7541 section 5.1). */
function prefixed(value: number): Buffer {
  if (value < 127) return Buffer.of(value);
  const bytes = [127];
  let rest = value - 127;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128);
  bytes.push(rest);
  return Buffer.from(bytes);
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

function settingsOf(settings: readonly (readonly [number, number])[]): Buffer {
  const bytes = Buffer.alloc(settings.length * 6);
  settings.forEach(([id, value], at) => {
    bytes.writeUInt16BE(id, at * 6);
    bytes.writeUInt32BE(value, at * 6 + 2);
  });
  return bytes;
}
