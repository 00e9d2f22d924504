/** A client that tells how each of its requests ended. */
import { type Agent, request as httpRequest } from 'node:http';
import { FATES, type Fate } from './chaos-upstream.ts';

/** A request. */
export interface ChaosRequest {
  readonly id: string;
  readonly method: string;
  readonly fate: Fate;
  readonly bodyBytes: number;
  /** Whether the body has a length. */
  readonly isChunked: boolean;
  /** After how many turns of the event loop the client leaves; never if it does not. */
  readonly leavesAfter: number | undefined;
}

/** How a request ended: with a status and a whole body, cut by the other side, or left. */
export interface ChaosEnd {
  readonly id: string;
  readonly end: number | 'cut' | 'left';
  readonly text: string;
}

/** All fates. */
export const ALL_FATES: readonly Fate[] = Object.keys(FATES) as Fate[];

/** Sends a request. Resolves when it has ended, in whichever way. */
export function sendChaos(port: number, asked: ChaosRequest, agent: Agent): Promise<ChaosEnd> {
  const { id, method, fate, bodyBytes, isChunked, leavesAfter } = asked;
  return new Promise((resolve) => {
    let hasLeft = false;
    const over = (end: ChaosEnd['end'], text = ''): void =>
      resolve({ id, end: hasLeft ? 'left' : end, text });
    const sent = httpRequest({
      host: '127.0.0.1',
      port,
      method,
      path: `/chaos/${fate}?id=${id}`,
      agent,
      headers: {
        'X-Chaos-Id': id,
        'X-Chaos-Fate': fate,
        ...(bodyBytes > 0 && !isChunked && { 'Content-Length': bodyBytes }),
        ...(bodyBytes > 0 && isChunked && { 'Transfer-Encoding': 'chunked' }),
      },
    });
    sent.on('error', () => over('cut'));
    sent.on('response', (response) => {
      let text = '';
      response.setEncoding('latin1').on('data', (chunk: string) => (text += chunk));
      response.on('error', () => over('cut'));
      response.on('close', () =>
        over(response.complete ? (response.statusCode ?? 0) : 'cut', text),
      );
    });
    const leave = (turns: number): void => {
      if (turns > 0) return void setImmediate(leave, turns - 1);
      hasLeft = true;
      sent.destroy();
    };
    if (leavesAfter !== undefined) leave(leavesAfter);
    write(sent, bodyBytes);
  });
}

/** Sends a body in pieces, one a turn. */
function write(sent: ReturnType<typeof httpRequest>, left: number): void {
  if (sent.destroyed) return;
  if (left <= 0) return void sent.end();
  const piece = Math.min(left, 30_000);
  sent.write(Buffer.alloc(piece, 'b'));
  setImmediate(write, sent, left - piece);
}
