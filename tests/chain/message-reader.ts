/** Reads HTTP/1.1 messages in their plainest form, and takes every deviation for a fault; shares no code with what is tested. */

/** Names and values, in the order in which they came. */
export type Fields = readonly (readonly [name: string, value: string])[];

/** A message, one character a byte. */
export interface Message {
  /** The first line. */
  readonly start: string;
  readonly fields: Fields;
  readonly body: string;
}

/** What the bytes that are there come to. */
export type Reading =
  | { readonly kind: 'whole'; readonly message: Message; readonly length: number }
  /** More must come; the head, if it is there. */
  | { readonly kind: 'part'; readonly head: Message | undefined }
  | { readonly kind: 'fault'; readonly fault: string };

/** How long a body is: told by its fields, nothing whatever they say, or all that comes; or the head is not as it must be. */
export type Extent = 'framed' | 'none' | 'rest' | 'wrong';

/** How one kind of message is read. */
export interface Grammar {
  readonly start: RegExp;
  readonly extent: (head: Message) => Extent;
}

const FIELD =
  /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ ]?((?:[!-~\x80-\xff](?:[\t -~\x80-\xff]*[!-~\x80-\xff])?)?)[\t ]*$/;

/** A request as a sound client writes it: origin-form or `*`, HTTP/1.1, framed by one field at most. */
export const REQUEST: Grammar = {
  start: /^[!#$%&'*+.^_`|~0-9A-Za-z-]+ (?:\/[!"$-~]*|\*) HTTP\/1\.1$/,
  extent: ({ fields }) => (values(fields, 'host').length === 1 ? 'framed' : 'wrong'),
};

/** The values of a field, by its name in small letters. */
export function values(fields: Fields, wanted: string): readonly string[] {
  return fields.filter(([name]) => name.toLowerCase() === wanted).map(([, value]) => value);
}

/** Reads the first message of a text. */
export function readMessage(text: string, grammar: Grammar, ended = false): Reading {
  const end = text.indexOf('\r\n\r\n');
  if (end < 0) return { kind: 'part', head: undefined };
  const [start = '', ...lines] = text.slice(0, end).split('\r\n');
  if (!grammar.start.test(start)) return fault('first line', start);
  const fields: (readonly [string, string])[] = [];
  for (const line of lines) {
    const match = FIELD.exec(line);
    if (!match) return fault('field', line);
    fields.push([match[1] ?? '', match[2] ?? '']);
  }
  const head: Message = { start, fields, body: '' };
  return readBody(text.slice(end + 4), head, { extent: grammar.extent(head), at: end + 4, ended });
}

interface Place {
  readonly extent: Extent;
  /** How long the head is. */
  readonly at: number;
  /** Whether nothing more will come. */
  readonly ended: boolean;
}

function readBody(rest: string, head: Message, { extent, at, ended }: Place): Reading {
  const whole = (body: string, length: number): Reading => ({
    kind: 'whole',
    message: { ...head, body },
    length: at + length,
  });
  const codings = values(head.fields, 'transfer-encoding');
  const lengths = values(head.fields, 'content-length');
  if (extent === 'wrong') return fault('head', JSON.stringify(head));
  if (codings.length + lengths.length > 1) return fault('framing', JSON.stringify(head.fields));
  if (extent === 'none') return whole('', 0);
  if (codings[0] !== undefined) {
    return codings[0] === 'chunked'
      ? readChunks(rest, head, whole)
      : fault('transfer-encoding', codings[0]);
  }
  if (lengths[0] !== undefined) {
    if (!/^(?:0|[1-9]\d{0,15})$/.test(lengths[0])) return fault('content-length', lengths[0]);
    const length = Number(lengths[0]);
    return rest.length < length ? { kind: 'part', head } : whole(rest.slice(0, length), length);
  }
  if (extent === 'framed') return whole('', 0);
  return ended ? whole(rest, rest.length) : { kind: 'part', head };
}

function readChunks(
  rest: string,
  head: Message,
  whole: (body: string, length: number) => Reading,
): Reading {
  const parts: string[] = [];
  for (let at = 0; ;) {
    const end = rest.indexOf('\r\n', at);
    if (end < 0) return { kind: 'part', head };
    const line = rest.slice(at, end);
    if (!/^[0-9A-Fa-f]{1,8}$/.test(line)) return fault('chunk size', line);
    const size = Number.parseInt(line, 16);
    const next = end + 2 + size;
    if (rest.length < next + 2) return { kind: 'part', head };
    if (rest.slice(next, next + 2) !== '\r\n')
      return fault('end of a chunk', rest.slice(next, next + 2));
    if (size === 0) return whole(parts.join(''), next + 2);
    parts.push(rest.slice(end + 2, next));
    at = next + 2;
  }
}

function fault(what: string, text: string): Reading {
  return { kind: 'fault', fault: `${what}: ${JSON.stringify(text)}` };
}
