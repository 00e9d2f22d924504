/** Stands between the proxy and an origin, passes every byte on, and reads what the proxy wrote. */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { type Message, readMessage, REQUEST, values } from './message-reader.ts';
import type { Forwarded } from './observed.ts';

/** A listener in front of an origin. */
export interface Tap {
  readonly port: number;
  /** What has been seen since the last call. */
  take(): Seen;
  close(): Promise<void>;
}

/** What came by. */
export interface Seen {
  readonly forwarded: readonly Forwarded[];
  readonly broken: readonly Forwarded[];
  readonly faults: readonly string[];
  /** Connections with part of a request on them that are not closed yet. */
  readonly undecided: number;
}

interface Line {
  readonly number: number;
  readonly socket: Socket;
  text: string;
  bad: boolean;
}

/** Changes what the origin gets, behind the back of the tap. */
export type Tamper = (bytes: string) => string;

/** Puts a tap in front of a port. */
export async function startTap(originPort: number, tamper?: Tamper): Promise<Tap> {
  const lines = new Set<Line>();
  let [forwarded, broken, faults]: [Forwarded[], Forwarded[], string[]] = [[], [], []];
  let count = 0;

  const read = (line: Line): void => {
    while (line.text && !line.bad) {
      const reading = readMessage(line.text, REQUEST);
      if (reading.kind === 'part') return;
      if (reading.kind === 'fault') {
        line.bad = true;
        faults.push(`the proxy wrote, ${reading.fault}`);
        return;
      }
      forwarded.push(toForwarded(reading.message, line.number));
      line.text = line.text.slice(reading.length);
    }
  };
  const drop = (line: Line): void => {
    if (!lines.delete(line) || !line.text || line.bad) return;
    const reading = readMessage(line.text, REQUEST);
    const head = reading.kind === 'part' ? reading.head : undefined;
    if (head) broken.push(toForwarded(head, line.number));
    else faults.push(`the proxy left ${JSON.stringify(line.text.slice(0, 200))} unfinished`);
  };

  const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    const origin = connect({ host: '127.0.0.1', port: originPort, allowHalfOpen: true });
    origin.setNoDelay(true);
    const line: Line = { number: ++count, socket, text: '', bad: false };
    lines.add(line);
    socket.on('data', (bytes: Buffer) => {
      line.text += bytes.toString('latin1');
      read(line);
    });
    socket.on('close', () => drop(line));
    link(socket, origin, tamper);
    link(origin, socket);
  });
  await listen(server);

  return {
    port: (server.address() as AddressInfo).port,
    take() {
      const undecided = [...lines].filter(({ text, bad }) => text && !bad).length;
      const seen = { forwarded, broken, faults, undecided };
      [forwarded, broken, faults] = [[], [], []];
      return seen;
    },
    async close() {
      for (const { socket } of lines) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

function link(from: Socket, to: Socket, tamper?: Tamper): void {
  if (tamper) {
    from.on('data', (bytes: Buffer) => to.write(tamper(bytes.toString('latin1')), 'latin1'));
    from.on('end', () => to.end());
  } else from.pipe(to);
  from.on('error', () => to.destroy());
  from.on('close', () => to.destroySoon());
}

async function listen(server: Server): Promise<void> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
}

function toForwarded({ start, fields, body }: Message, connection: number): Forwarded {
  const [method = '', target = ''] = start.split(' ');
  const id = values(fields, 'x-chain-id').join('|');
  return { id, method, target, fields, body, connection };
}
