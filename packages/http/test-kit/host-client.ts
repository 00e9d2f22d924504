/** A client of node:http, for what fetch hides: header lines as they come, leaving in the middle, connections that are kept. */
import { once } from 'node:events';
import {
  Agent,
  type ClientRequest,
  type IncomingMessage,
  request,
  type RequestOptions,
} from 'node:http';
import { buffer } from 'node:stream/consumers';

/** An answer with all there is of it. */
export interface WholeAnswer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}

/** Sends a request, and gives it with its answer when the head of that has come. */
export async function ask(
  url: string,
  options: RequestOptions & { readonly body?: string | Uint8Array } = {},
): Promise<{ readonly sent: ClientRequest; readonly answer: IncomingMessage }> {
  const sent = request(url, options);
  sent.end(options.body);
  const [answer] = (await once(sent, 'response')) as [IncomingMessage];
  return { sent, answer };
}

/** Sends a request, and reads its answer to the end. */
export async function askWhole(
  url: string,
  options: RequestOptions & { readonly body?: string | Uint8Array } = {},
): Promise<WholeAnswer> {
  const { answer } = await ask(url, options);
  const body = await buffer(answer);
  return { status: answer.statusCode ?? 0, headers: answer.headers, body };
}

/** One connection that is kept. */
export function oneConnection(): Agent {
  return new Agent({ keepAlive: true, maxSockets: 1 });
}
