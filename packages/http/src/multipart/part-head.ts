/** The head of a part of a form (RFC 7578 section 4): what it is called, and what it is. */
import { parseParameters } from './parameters.ts';
import { malformed } from './refusals.ts';

/** What the head of a part says. */
export interface PartHead {
  readonly name: string;
  /** The name of a file as the client has sent it; `undefined` for a field. */
  readonly rawFilename: string | undefined;
  /** The media type with its parameters. */
  readonly type: string;
  /** By names in lower case. */
  readonly headers: ReadonlyMap<string, string>;
}

const LINE = /^([\w!#$%&'*+.^`|~-]+):[ \t]*(.*)$/s;
// oxlint-disable-next-line no-control-regex -- these are the ones that no value may have
const CONTROL = /[\0-\x08\x0a-\x1f\x7f]/;
const ENCODING = /^(?:7bit|8bit|binary)$/i;
const PRINTABLE = /^[\x20-\x7e]*$/;

/**
 * Reads a head, the empty line behind it included.
 *
 * @throws HttpError 400 if it is malformed
 */
export function readPartHead(bytes: Uint8Array): PartHead {
  const headers = headersOf(textOf(bytes));
  const disposition = parseParameters(headers.get('content-disposition') ?? '');
  const name = disposition?.parameters.get('name');
  if (disposition?.value !== 'form-data' || name === undefined) {
    throw malformed('A part does not say which field it is');
  }
  const { parameters } = disposition;
  const rawFilename = parameters.get('filename');
  // Who reads the one and who reads the other would see different files.
  if (rawFilename === undefined && parameters.has('filename*')) {
    throw malformed('A part has its file name in a form that forms do not have');
  }
  // What is encoded is not decoded here, and must not pass for what it is not.
  if (!ENCODING.test(headers.get('content-transfer-encoding') ?? 'binary')) {
    throw malformed('A part is encoded');
  }
  const type = headers.get('content-type') ?? 'text/plain';
  return {
    name: unescaped(name),
    rawFilename: rawFilename === undefined ? undefined : unescaped(rawFilename),
    type: PRINTABLE.test(type) ? type : '',
    headers,
  };
}

function textOf(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw malformed('The head of a part is no text');
  }
}

function headersOf(text: string): ReadonlyMap<string, string> {
  const headers = new Map<string, string>();
  // The last line and the one behind it are empty.
  for (const line of text.split('\r\n').slice(0, -2)) {
    const [, name = '', value = ''] = LINE.exec(line) ?? [];
    const lower = name.toLowerCase();
    if (lower === '' || CONTROL.test(value) || headers.has(lower)) {
      throw malformed('The head of a part is malformed');
    }
    headers.set(lower, value.trimEnd());
  }
  return headers;
}

/** As browsers write quotes and line breaks (HTML Living Standard, section 4.10.21.8). */
function unescaped(text: string): string {
  return text.replaceAll(/%(?:22|0D|0A)/gi, (escape) => decodeURIComponent(escape));
}
