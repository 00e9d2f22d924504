/** Many clients at once, each of which is no more than a socket. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

/** So many connect at a time. */
const BATCH = 250;

/** Connects one client. */
export async function connectOne(port: number): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  await once(socket, 'connect');
  socket.on('error', () => {});
  return socket;
}

/** Connects many clients, which are gone when the test is over. */
export async function connectMany(port: number, count: number): Promise<Socket[]> {
  const sockets: Socket[] = [];
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
  });
  while (sockets.length < count) {
    const size = Math.min(BATCH, count - sockets.length);
    sockets.push(...(await Promise.all(Array.from({ length: size }, () => connectOne(port)))));
  }
  return sockets;
}

/** Waits until so many bytes have come, and takes no more. */
export function taken(socket: Socket, bytes: number): Promise<void> {
  return new Promise((resolve, reject) => {
    let left = bytes;
    const onData = (chunk: Buffer): void => {
      left -= chunk.length;
      if (left > 0) return;
      socket.off('data', onData);
      socket.off('close', onClose);
      socket.pause();
      resolve();
    };
    const onClose = (): void => reject(new Error(`closed with ${left} bytes to come`));
    socket.on('data', onData);
    socket.on('close', onClose);
    socket.resume();
  });
}

/** Takes what comes until it is so many bytes in all, with those that were taken before. */
export function takenInAll(socket: Socket, bytes: number): Promise<void> {
  return new Promise((resolve) => {
    const onData = (): void => {
      if (socket.bytesRead < bytes) return;
      socket.off('data', onData);
      resolve();
    };
    socket.on('data', onData);
    socket.resume();
  });
}

/** Waits until the server has let the client go. */
export async function gone(socket: Socket): Promise<void> {
  socket.resume();
  if (!socket.closed) await new Promise<void>((resolve) => socket.once('close', () => resolve()));
}

/** A request without a body. */
export const get = (target: string): string => `GET ${target} HTTP/1.1\r\nHost: a\r\n\r\n`;
