/** The form of the inputs: bytes as text, one character a byte, with what they are to come to. */
import type { Verdict, Wanted } from '../judge.ts';

/** What is sent, and what it must come to. */
export interface Case {
  readonly name: string;
  readonly bytes: string;
  readonly verdict: Verdict;
  /** Nothing follows on the connection: the input breaks off, or what follows would belong to it. */
  readonly alone?: boolean;
  /** The client ends its side behind it at once. */
  readonly ends?: boolean;
}

/** The Host line that most inputs have. */
export const HOST = 'Host: a.example';

/** A head from its lines. */
export function head(...lines: readonly string[]): string {
  return `${lines.join('\r\n')}\r\n\r\n`;
}

/** A POST with some lines and a body as it stands. */
export function post(lines: readonly string[], body: string): string {
  return head('POST /x HTTP/1.1', HOST, ...lines) + body;
}

/** A chunked POST. */
export function chunked(body: string): string {
  return post(['Transfer-Encoding: chunked'], body);
}

/** A GET with some lines. */
export function get(...lines: readonly string[]): string {
  return head('GET /x HTTP/1.1', HOST, ...lines);
}

/** The input is one request. */
export function one(method: string, target = '/x', rest: Partial<Wanted> = {}): Verdict {
  return { accepted: [{ method, target, body: '', ...rest }] };
}

/** The input is a POST with a body. */
export function posted(body: string, fields: Wanted['fields'] = {}): Verdict {
  return one('POST', '/x', { body, fields });
}

/** The input is a GET of `/x` without a body. */
export function got(fields: Wanted['fields'] = {}): Verdict {
  return one('GET', '/x', { fields });
}

/** The input is refused with one of these. */
export function refused(...statuses: readonly number[]): Verdict {
  return { accepted: [], refused: statuses };
}

/** The connection ends behind it. */
export function closing(verdict: Verdict): Verdict {
  return { ...verdict, closes: 'always' };
}

/** The bad one of the statuses, which most refusals have. */
export const BAD: Verdict = refused(400);

/** Names cases by what they differ in. */
export function cases(
  entries: readonly (readonly [
    name: string,
    bytes: string,
    verdict: Verdict,
    mark?: 'alone' | 'ends',
  ])[],
): readonly Case[] {
  return entries.map(([name, bytes, verdict, mark]) => ({
    name,
    bytes,
    verdict,
    alone: mark === 'alone',
    ends: mark === 'ends',
  }));
}
