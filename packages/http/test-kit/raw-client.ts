/** A client that sends bytes as they are, and reads answers as a strict client does. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

/** One answer as it came. */
export interface RawAnswer {
  readonly status: number;
  /** Names in lower case; several values are joined by a line break. */
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
}

/** One connection. */
export interface RawClient {
  readonly socket: Socket;
  send(text: string): RawClient;
  /** Waits for the next whole answer. */
  answer(options?: { readonly isHead?: boolean }): Promise<RawAnswer>;
  /** Waits until so much of what has not been read yet is there. */
  until(text: string): Promise<void>;
  /** Waits until the connection is gone; gives all that has not been read. */
  closed(): Promise<string>;
  /** Leaves at once. */
  leave(): void;
}

/** Connects; the connection is gone when the test is over. */
export async function connectRaw(port: number): Promise<RawClient> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  await once(socket, 'connect');
  onTestFinished(() => void socket.destroy());
  let received = '';
  const waiting: (() => void)[] = [];
  const changed = (): void => {
    for (const wake of waiting.splice(0)) wake();
  };
  socket.on('data', (chunk: Buffer) => {
    received += chunk.toString('latin1');
    changed();
  });
  socket.on('error', () => {});
  socket.on('close', changed);
  const until = async <T>(found: () => T | undefined, what: string): Promise<T> => {
    for (;;) {
      const value = found();
      if (value !== undefined) return value;
      if (socket.closed) throw new Error(`closed before ${what}: ${JSON.stringify(received)}`);
      await new Promise<void>((resolve) => waiting.push(resolve));
    }
  };
  const client: RawClient = {
    socket,
    send(text) {
      socket.write(text, 'latin1');
      return client;
    },
    answer: ({ isHead = false } = {}) =>
      until(() => {
        const read = readAnswer(received, { isHead, hasEnded: socket.readableEnded });
        if (read) received = received.slice(read.end);
        return read?.answer;
      }, 'an answer'),
    until: (text) => until(() => received.includes(text) || undefined, text).then(() => {}),
    async closed() {
      if (!socket.closed) await new Promise<void>((resolve) => socket.once('close', resolve));
      return received;
    },
    leave: () => void socket.destroy(),
  };
  return client;
}

/** Sends requests on a connection of their own, the last of which ends it; gives all that comes back. */
export async function exchangeRaw(port: number, text: string): Promise<string> {
  const client = await connectRaw(port);
  return client.send(text).closed();
}

/** A request without a body. */
export const get = (path: string, ...headers: readonly string[]): string =>
  `GET ${path} HTTP/1.1\r\nHost: host\r\n${headers.map((line) => `${line}\r\n`).join('')}\r\n`;

/** A request with a body. */
export const post = (path: string, body: string, ...headers: readonly string[]): string =>
  `POST ${path} HTTP/1.1\r\nHost: host\r\nContent-Length: ${body.length}\r\n${headers.map((line) => `${line}\r\n`).join('')}\r\n${body}`;

interface Expected {
  readonly isHead: boolean;
  readonly hasEnded: boolean;
}

function readAnswer(
  text: string,
  { isHead, hasEnded }: Expected,
): { readonly answer: RawAnswer; readonly end: number } | undefined {
  const headEnd = text.indexOf('\r\n\r\n');
  if (headEnd < 0) return undefined;
  const [line = '', ...lines] = text.slice(0, headEnd).split('\r\n');
  const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(line)?.[1]);
  if (Number.isNaN(status)) throw new Error(`no answer: ${JSON.stringify(text.slice(0, 200))}`);
  const from = headEnd + 4;
  if (status === 100) return readAnswer(text.slice(from), { isHead, hasEnded });
  const headers: Record<string, string> = {};
  for (const one of lines) {
    const at = one.indexOf(':');
    const name = one.slice(0, at).toLowerCase();
    const value = one.slice(at + 1).trim();
    headers[name] = name in headers ? `${headers[name]}\n${value}` : value;
  }
  const body = bodyAt(text, from, isHead || status === 204 || status === 304 ? 'none' : headers);
  if (!body && !hasEnded) return undefined;
  const { end, content } = body ?? { end: text.length, content: text.slice(from) };
  const bytes = Buffer.from(content, 'latin1').toString('utf8');
  return { answer: { status, headers, text: bytes }, end };
}

function bodyAt(
  text: string,
  from: number,
  headers: Readonly<Record<string, string>> | 'none',
): { readonly content: string; readonly end: number } | undefined {
  if (headers === 'none') return { content: '', end: from };
  if (headers['transfer-encoding'] === 'chunked') return chunksAt(text, from);
  const length = headers['content-length'];
  if (length === undefined) return undefined;
  const end = from + Number(length);
  return text.length < end ? undefined : { content: text.slice(from, end), end };
}

function chunksAt(
  text: string,
  from: number,
): { readonly content: string; readonly end: number } | undefined {
  let content = '';
  for (let at = from; ;) {
    const lineEnd = text.indexOf('\r\n', at);
    if (lineEnd < 0) return undefined;
    const size = Number.parseInt(text.slice(at, lineEnd), 16);
    const end = lineEnd + 2 + size + 2;
    if (text.length < end) return undefined;
    if (size === 0) return { content, end };
    content += text.slice(lineEnd + 2, end - 2);
    at = end;
  }
}
