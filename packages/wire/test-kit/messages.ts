/** Messages as text in Latin-1, put together from their lines. */

/** A head: lines, each with CRLF, and the empty line. */
export const head = (...lines: readonly string[]): string =>
  `${lines.map((line) => `${line}\r\n`).join('')}\r\n`;

/** A request for `/` of host `a` with more header lines. */
export const get = (...headers: readonly string[]): string =>
  head('GET / HTTP/1.1', 'Host: a', ...headers);

/** A request with that request line, of host `a`. */
export const line = (requestLine: string, ...headers: readonly string[]): string =>
  head(requestLine, 'Host: a', ...headers);

/** A request with a chunked body. */
export const chunked = (body: string): string =>
  `${head('POST / HTTP/1.1', 'Host: a', 'Transfer-Encoding: chunked')}${body}`;

/** A response without a body to wait for, with more header lines. */
export const answer = (statusLine: string, ...headers: readonly string[]): string =>
  head(statusLine, 'Content-Length: 0', ...headers);

/** A text of so many characters between two others. */
export const fill = (before: string, length: number, after = ''): string =>
  before + 'x'.repeat(length - before.length - after.length) + after;
