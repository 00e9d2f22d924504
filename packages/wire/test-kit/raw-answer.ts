/** Reads answers from bytes as a strict client does, sharing no code with what it examines. */

/** One answer as it stood on the wire. */
export interface RawAnswer {
  readonly status: number;
  /** The head with its line breaks, without the empty line. */
  readonly head: string;
  /** Names and values in turn, as they came. */
  readonly rawHeaders: readonly string[];
  readonly body: Buffer;
  readonly text: string;
  readonly json: Record<string, unknown>;
  /** How its end was known. */
  readonly framing: 'none' | 'length' | 'chunked' | 'close';
  /** The sizes of its chunks as they were written, zeros in front and all. */
  readonly chunkSizes: readonly string[];
  readonly trailers: readonly string[];
  /** The interim answers that came before it. */
  readonly interim: readonly RawAnswer[];
  /** All values of a header, by its name in lower case. */
  all(name: string): readonly string[];
  /** The one value of a header; more than one is an error. */
  header(name: string): string | undefined;
}

/** What is known of an answer before it is read. */
export interface Expected {
  /** It answers HEAD, and has no body whatever its head says. */
  readonly isHead?: boolean;
  /** The connection has ended behind the bytes. */
  readonly hasEnded?: boolean;
}

/** An answer, and where the next one begins. */
export interface ReadAnswer {
  readonly answer: RawAnswer;
  readonly end: number;
}

interface Body {
  readonly body: Buffer;
  readonly end: number;
  readonly framing: RawAnswer['framing'];
  readonly chunkSizes?: readonly string[];
  readonly trailers?: readonly string[];
}

/**
 * Reads the final answer that begins at `from`, with the interim ones before it.
 *
 * @returns undefined if it is not whole
 */
export function readAnswer(
  bytes: Buffer,
  from: number,
  expected: Expected = {},
): ReadAnswer | undefined {
  const interim: RawAnswer[] = [];
  let at = from;
  for (;;) {
    const read = readOne(bytes, at, expected, interim);
    if (!read) return undefined;
    if (read.answer.status >= 200 || read.answer.status === 101) return read;
    interim.push(read.answer);
    at = read.end;
  }
}

function readOne(
  bytes: Buffer,
  from: number,
  expected: Expected,
  interim: readonly RawAnswer[],
): ReadAnswer | undefined {
  const headEnd = bytes.indexOf('\r\n\r\n', from, 'latin1');
  if (headEnd < 0) return undefined;
  const head = bytes.toString('latin1', from, headEnd + 2);
  const [first = '', ...lines] = head.slice(0, -2).split('\r\n');
  const status = Number(/^HTTP\/1\.1 (\d{3}) [\t\x20-\x7e]*$/.exec(first)?.[1]);
  if (!status) throw new Error(`not a status line: ${JSON.stringify(first)}`);
  const rawHeaders = lines.flatMap(readLine);
  const all = (name: string): string[] =>
    rawHeaders.filter((_, at) => at % 2 === 1 && rawHeaders[at - 1]?.toLowerCase() === name);
  const header = (name: string): string | undefined => {
    const values = all(name);
    if (values.length > 1) throw new Error(`${values.length} headers ${name}`);
    return values[0];
  };
  const isBodiless = expected.isHead === true || status < 200 || status === 204 || status === 304;
  const body: Body | undefined = isBodiless
    ? { body: Buffer.alloc(0), end: headEnd + 4, framing: 'none' }
    : readBody(bytes, headEnd + 4, { header, hasEnded: expected.hasEnded === true });
  if (!body) return undefined;
  const text = body.body.toString('utf8');
  const answer: RawAnswer = {
    status,
    head,
    rawHeaders,
    body: body.body,
    text,
    get json() {
      return JSON.parse(text) as Record<string, unknown>;
    },
    framing: body.framing,
    chunkSizes: body.chunkSizes ?? [],
    trailers: body.trailers ?? [],
    interim,
    all,
    header,
  };
  return { answer, end: body.end };
}

function readLine(line: string): [string, string] {
  const found = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([\t\x20-\x7e\x80-\xff]*?)[ \t]*$/.exec(line);
  if (!found) throw new Error(`not a header line: ${JSON.stringify(line)}`);
  return [found[1] as string, found[2] as string];
}

function readBody(
  bytes: Buffer,
  from: number,
  { header, hasEnded }: { header(name: string): string | undefined; hasEnded: boolean },
): Body | undefined {
  const coding = header('transfer-encoding');
  const length = header('content-length');
  if (coding !== undefined) {
    if (coding !== 'chunked' || length !== undefined) throw new Error('two framings');
    return readChunks(bytes, from);
  }
  if (length === undefined) {
    return hasEnded
      ? { body: bytes.subarray(from), end: bytes.length, framing: 'close' }
      : undefined;
  }
  if (!/^\d+$/.test(length)) throw new Error(`not a length: ${length}`);
  const end = from + Number(length);
  return end <= bytes.length
    ? { body: bytes.subarray(from, end), end, framing: 'length' }
    : undefined;
}

function readChunks(bytes: Buffer, from: number): Body | undefined {
  const chunks: Buffer[] = [];
  const chunkSizes: string[] = [];
  let at = from;
  for (;;) {
    const lineEnd = bytes.indexOf('\r\n', at, 'latin1');
    if (lineEnd < 0) return undefined;
    const text = bytes.toString('latin1', at, lineEnd);
    if (!/^[0-9a-fA-F]{1,16}$/.test(text)) throw new Error(`not a chunk size: ${text}`);
    const size = Number.parseInt(text, 16);
    at = lineEnd + 2;
    if (size === 0) break;
    chunkSizes.push(text);
    if (bytes.length < at + size + 2) return undefined;
    chunks.push(bytes.subarray(at, at + size));
    at += size + 2;
    if (bytes.toString('latin1', at - 2, at) !== '\r\n') throw new Error('a chunk without its end');
  }
  const trailers: string[] = [];
  for (;;) {
    const lineEnd = bytes.indexOf('\r\n', at, 'latin1');
    if (lineEnd < 0) return undefined;
    const line = bytes.toString('latin1', at, lineEnd);
    at = lineEnd + 2;
    if (line === '') break;
    trailers.push(...readLine(line));
  }
  return { body: Buffer.concat(chunks), end: at, framing: 'chunked', chunkSizes, trailers };
}
