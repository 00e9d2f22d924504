/** The law of the second opinion: what we accept, Node accepts, as exactly as many messages that are the same. */
import { METHODS } from 'node:http';
import type { Opinion } from './node-server.ts';
import type { ReadMessage, Reading } from './reading.ts';

/** Says how two opinions differ where they must not. */
export function disagreement(ours: Reading, node: Opinion): string | undefined {
  const { messages, refused, isCutShort, isClosed } = ours;
  for (const [index, message] of messages.entries()) {
    const other = node.messages[index];
    if (!other) return `Node ${node.error ?? 'ends'} where we read ${shown(message)}`;
    if (shown(message) !== shown(other)) return `we read ${shown(message)}\nNode ${shown(other)}`;
    if (endsForNode(message, node)) return undefined;
  }
  // Behind a refusal and behind the end of a connection there may be anything.
  if (refused !== undefined || isClosed) return undefined;
  const more = node.messages[messages.length];
  if (more) return `Node reads ${shown(more)} where ${isCutShort ? 'we wait' : 'we read nothing'}`;
  // A response that has not come, or only interim ones, are an error for whoever waits for one.
  const isAnswer = messages.some(({ line }) => typeof line[0] === 'number');
  if (isCutShort || isAnswer || messages.length === 0) return undefined;
  return node.error && `Node refuses by ${node.error} what we read to its end`;
}

const shown = (message: ReadMessage): string =>
  JSON.stringify([message.version, message.line, message.headers, message.body, message.trailers]);

/**
 * True for a message behind which Node reads nothing more, though there is nothing wrong: it takes what follows for another protocol, even if
 * nobody switches to one; it takes `Proxy-Connection` for `Connection`; and a tab behind `keep-alive` hides that from it in HTTP/1.0. An interim response that says `close` is its
 * last one.
 */
function endsForNode({ line, headers, version }: ReadMessage, { error }: Opinion): boolean {
  const names = headers.filter((_, index) => index % 2 === 0).map((name) => name.toLowerCase());
  if (names.includes('upgrade') || names.includes('proxy-connection')) return true;
  if (error !== 'HPE_CLOSED_CONNECTION') return false;
  if (Number(line[0]) < 200) return headers.some((text) => /\bclose\b/i.test(text));
  return version === '1.0' && headers.some((text) => /\bkeep-alive$/i.test(text));
}

/** Requests with `GET` for each method that Node does not know: it refuses them, be they tokens or not. */
export function withKnownMethods(bytes: Buffer, { messages, ends }: Reading): Buffer {
  let text = bytes.toString('latin1');
  for (let index = messages.length - 1; index >= 0; index--) {
    const method = String(messages[index]?.line[0]);
    if (METHODS.includes(method)) continue;
    const start = text.indexOf(method, ends[index - 1] ?? 0);
    text = `${text.slice(0, start)}GET${text.slice(start + method.length)}`;
  }
  return Buffer.from(text, 'latin1');
}
