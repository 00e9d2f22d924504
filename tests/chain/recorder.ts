/** The backend behind an origin: keeps what it was asked, of any method, and answers with the number of the request. */
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { type Message, readMessage, REQUEST, values } from './message-reader.ts';
import type { Recorded } from './observed.ts';

/** A backend that keeps what comes. */
export interface Recorder {
  readonly port: number;
  /** What has come since the last call. */
  take(): { readonly recorded: readonly Recorded[]; readonly faults: readonly string[] };
  close(): Promise<void>;
}

/** How many bytes the body of a large answer has. */
export const LARGE = 200_000;

/** Starts a backend. The field `x-answer` of a request says in which form it answers. */
export async function startRecorder(): Promise<Recorder> {
  let [recorded, faults]: [Recorded[], string[]] = [[], []];
  const sockets = new Set<Socket>();

  const server = createServer({ noDelay: true }, (socket) => {
    let text = '';
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
    socket.on('data', (bytes: Buffer) => {
      text += bytes.toString('latin1');
      for (;;) {
        const reading = text ? readMessage(text, REQUEST) : ({ kind: 'part' } as const);
        if (reading.kind === 'part') return;
        if (reading.kind === 'fault') {
          faults.push(`the origin wrote, ${reading.fault}`);
          return void socket.destroy();
        }
        text = text.slice(reading.length);
        const request = toRecorded(reading.message);
        recorded.push(request);
        answer(socket, request);
      }
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');

  return {
    port: (server.address() as AddressInfo).port,
    take() {
      const taken = { recorded, faults };
      [recorded, faults] = [[], []];
      return taken;
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

function toRecorded({ start, fields, body }: Message): Recorded {
  const id = values(fields, 'x-chain-id').join('|');
  return { id, method: start.slice(0, start.indexOf(' ')), fields, body };
}

/** Answers in the form that was asked for. */
function answer(socket: Socket, { id, method, fields }: Recorded): void {
  const form = values(fields, 'x-answer')[0];
  const text = `${method} ${id}\n`;
  const status = /^(?:204|304|500)$/.test(form ?? '') ? form : '200';
  const body =
    status === '204' || status === '304' ? '' : form === 'large' ? 'x'.repeat(LARGE) : text;
  const lines = [`HTTP/1.1 ${status} As Asked`, `X-Seen: ${id}`];
  if (form === 'cookies') lines.push('Set-Cookie: a=1', 'Set-Cookie: b=2');
  const closes = form === 'close' || /\bclose\b/i.test(values(fields, 'connection').join());
  if (closes) lines.push('Connection: close');
  if (form === 'chunked') lines.push('Transfer-Encoding: chunked');
  else if (status !== '204' && status !== '304') lines.push(`Content-Length: ${body.length}`);
  const size = text.length.toString(16);
  const framed =
    form === 'chunked' ? `${size}\r\n${text}\r\n${size}\r\n${text}\r\n0\r\n\r\n` : body;
  socket.write(`${lines.join('\r\n')}\r\n\r\n${method === 'HEAD' ? '' : framed}`, 'latin1');
  if (closes) socket.end();
}
