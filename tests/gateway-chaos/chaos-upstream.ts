/** A server that does to each request what the request asks for, and counts how often each has come. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Behind, startBehind } from './loopback.ts';

/** What can be done to a request, and which ends are right for it. */
export const FATES = {
  /** An answer at once. */
  fine: [200],
  /** One that takes some turns. */
  slow: [200],
  /** One whose pieces come apart, without a length. */
  pieces: [200],
  /** A failure of the application. */
  broken: [500],
  /** The connection ends without a word. */
  dies: [502],
  /** It dies the first time, and answers when it is asked again. */
  revives: [200, 502],
  /** Half a head. */
  halfHead: [502],
  /** What is no HTTP. */
  garbage: [502],
  /** Two lengths, in which another answer could be hidden. */
  twoLengths: [502],
  /** Nothing ever comes. */
  stalls: [504],
  /** Half a body that had a length. */
  halfBody: ['cut'],
  /** Half a body that had none. */
  halfPieces: ['cut'],
  /** A body that comes to a halt. */
  haltsInBody: ['cut'],
} as const satisfies Readonly<Record<string, readonly (number | 'cut')[]>>;

/** The name of a fate. */
export type Fate = keyof typeof FATES;

/** The server. */
export interface ChaosUpstream extends Behind {
  /** How often each request has come, by its id. */
  readonly seen: ReadonlyMap<string, number>;
}

const PIECE = 'x'.repeat(1000);

/** Starts the server. */
export async function startChaos(): Promise<ChaosUpstream> {
  const seen = new Map<string, number>();
  const behind = await startBehind((request, response) => {
    const id = String(request.headers['x-chaos-id']);
    const times = (seen.get(id) ?? 0) + 1;
    seen.set(id, times);
    request.on('error', () => {});
    response.on('error', () => {});
    let bytes = 0;
    request.on('data', (chunk: Uint8Array) => (bytes += chunk.length));
    request.on('end', () => {
      meet(request.headers['x-chaos-fate'] as Fate, { request, response, id, bytes, times });
    });
  });
  return { ...behind, seen };
}

interface Met {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly id: string;
  readonly bytes: number;
  readonly times: number;
}

function meet(fate: Fate, met: Met): void {
  const { request, response, id, bytes, times } = met;
  const { socket } = request;
  const whole = JSON.stringify({ id, bytes, times });
  const say = (text: string): void => void socket.end(text);
  switch (fate) {
    case 'fine':
      return void response.end(whole);
    case 'slow':
      return later(20, () => response.end(whole));
    case 'pieces':
      response.write(whole.slice(0, 5));
      return later(5, () => response.end(whole.slice(5)));
    case 'broken':
      return void response.writeHead(500).end(whole);
    case 'dies':
      return void socket.destroy();
    case 'revives':
      return times === 1 ? void socket.resetAndDestroy() : void response.end(whole);
    case 'halfHead':
      return say('HTTP/1.1 200 OK\r\nContent-Le');
    case 'garbage':
      return say('\x16\x03\x01 this is no answer\r\n\r\n');
    case 'twoLengths':
      return say('HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab');
    case 'stalls':
      return;
    case 'halfBody':
      return say(`HTTP/1.1 200 OK\r\nContent-Length: 2000\r\n\r\n${PIECE}`);
    case 'halfPieces':
      return say(`HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3e8\r\n${PIECE}\r\n`);
    case 'haltsInBody':
      response.writeHead(200, { 'Content-Length': '2000' });
      return void response.write(PIECE);
  }
}

/** After so many turns of the event loop. */
function later(turns: number, run: () => void): void {
  if (turns === 0) run();
  else setImmediate(later, turns - 1, run);
}
