/** SentEvent: one event of a stream of events, and how it is written (HTML Living Standard, section 9.2). */
import { checkWhole, unexpected } from '@interpose/kernel/options';

/** One event. */
export interface SentEvent {
  /** What it says: a text as it is, anything else as JSON. Without it, and without `event`, listeners hear nothing. */
  readonly data?: unknown;
  /** Who is to hear it. @default those who listen to `message` */
  readonly event?: string;
  /** What the client tells as `Last-Event-ID` when it comes back; an empty one makes it forget. */
  readonly id?: string;
  /** How long the client is to wait before it comes back. */
  readonly retryMs?: number;
  /** A text that nobody hears. */
  readonly comment?: string;
}

const LINE_END = /\r\n|\r|\n/;

/**
 * The text of an event; of a text, that of an event with it as data.
 *
 * @throws TypeError or RangeError for what cannot be sent, such as an id with a line break, behind which a stranger could put events of his own
 */
export function eventText(event: SentEvent | string): string {
  if (typeof event === 'string') return `${fields('data', event)}\n`;
  if (typeof event !== 'object' || event === null) {
    throw unexpected('event', 'an object or a text', event);
  }
  const { comment, id, retryMs } = event;
  let text = '';
  if (comment !== undefined) text += fields('', textOf('comment', comment));
  if (id !== undefined) text += `id: ${idOf(id)}\n`;
  if (event.event !== undefined) text += `event: ${lineOf('event', event.event)}\n`;
  if (retryMs !== undefined) text += `retry: ${checkWhole('retryMs', retryMs)}\n`;
  const data = dataOf(event);
  if (data !== undefined) text += fields('data', data);
  if (text === '') throw unexpected('event', 'something to be sent', event);
  return `${text}\n`;
}

/** Without data nobody would hear it, which is not what a name is given for. */
function dataOf({ data, event }: SentEvent): string | undefined {
  if (typeof data === 'string') return data;
  if (data === undefined) return event === undefined ? undefined : '';
  const text = JSON.stringify(data) as string | undefined;
  if (text === undefined) throw unexpected('data', 'a text, or something that is JSON', data);
  return text;
}

function fields(name: string, value: string): string {
  const start = `${name}: `;
  if (!LINE_END.test(value)) return `${start}${value}\n`;
  return `${start}${value.split(LINE_END).join(`\n${start}`)}\n`;
}

function textOf(name: string, value: unknown): string {
  if (typeof value !== 'string') throw unexpected(name, 'a text', value);
  return value;
}

function lineOf(name: string, value: unknown): string {
  const text = textOf(name, value);
  if (LINE_END.test(text)) throw unexpected(name, 'a text without line breaks', value);
  return text;
}

/** A client ignores an id with a NUL, and would come back with an older one. */
function idOf(id: unknown): string {
  const text = lineOf('id', id);
  if (text.includes('\0')) throw unexpected('id', 'a text without NUL', id);
  return text;
}
