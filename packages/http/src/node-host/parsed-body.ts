/** The body of a request that the host has read before: made again from what it has parsed, or an error that says so. */
import type { IncomingMessage } from 'node:http';
import type { IncomingBody } from '@interpose/wire';
import { bodyLater, bodyOf } from '../context/read-body.ts';

/** What stands where a parser of bodies has left the bytes. */
interface Kept {
  readonly rawBody?: unknown;
}

/** The body, once more. Who reads it is told if nothing is left of it. */
export function bodyAsParsed(req: IncomingMessage, parsed: unknown): IncomingBody {
  const { rawBody } = req as Kept;
  const bytes = bytesOf(rawBody ?? parsed, req.headers['content-type'] ?? '');
  return bytes ? bodyOf(bytes) : bodyLater(undefined);
}

/** Headers that say nothing of a coding, nor of a length, which is another then; text is in UTF-8. */
export function withoutCoding(raw: readonly string[]): readonly string[] {
  const kept: string[] = [];
  for (let at = 0; at + 1 < raw.length; at += 2) {
    const [name, value] = [raw[at] as string, raw[at + 1] as string];
    const lower = name.toLowerCase();
    if (lower === 'content-encoding' || lower === 'content-length') continue;
    kept.push(name, lower === 'content-type' ? value.replace(CHARSET, '') : value);
  }
  return kept;
}

const CHARSET = /;\s*charset\s*=\s*(?:"[^"]*"|[^;\s]*)/i;

function bytesOf(value: unknown, type: string): Uint8Array | undefined {
  if (value instanceof Uint8Array) return value;
  if (typeof value === 'string') return Buffer.from(value);
  if (value === undefined) return undefined;
  if (/\bjson\b/i.test(type)) return Buffer.from(JSON.stringify(value));
  const isForm = /^application\/x-www-form-urlencoded\b/i.test(type);
  return isForm && typeof value === 'object' ? Buffer.from(formText(value as object)) : undefined;
}

/** The fields of a form, with the brackets that parsers make lists and objects of. */
function formText(form: object): string {
  const text = new URLSearchParams();
  const add = (name: string, value: unknown): void => {
    if (Array.isArray(value)) {
      for (const one of value) add(typeof one === 'object' ? `${name}[]` : name, one);
    } else if (typeof value === 'object' && value !== null) {
      for (const [key, one] of Object.entries(value)) add(`${name}[${key}]`, one);
    } else text.append(name, String(value));
  };
  for (const [name, value] of Object.entries(form)) add(name, value);
  return text.toString();
}
