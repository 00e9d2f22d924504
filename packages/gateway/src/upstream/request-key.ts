/** The key by which a consistent hash finds the target of a request. */
import { unexpected } from '@interpose/kernel/options';
import type { GatewayRequest } from '../context.ts';

/** Takes the key out of a request; one without it goes to any target. */
export type KeyOf = (ctx: GatewayRequest) => string | undefined;

const FORM = /^(header|cookie|query)[ \t]*:[ \t]*([!#$%&'*+\-.^_`|~\w]+)$/;
const WANTED = '`address`, `path`, `header: X`, `cookie: X` or `query: X`';

/** True for a text that names a key. */
export function isKeyText(text: string): boolean {
  return text === 'address' || text === 'path' || FORM.test(text);
}

/**
 * Reads what a config says is the key.
 *
 * @throws TypeError if it names none
 */
export function keyOf(name: string, by: unknown): KeyOf {
  if (by === 'address') return ({ clientAddress }) => clientAddress;
  if (by === 'path') return ({ path }) => path;
  const [, kind, word = ''] = (typeof by === 'string' && FORM.exec(by)) || [];
  if (kind === 'header') return ({ headers }) => headers.get(word);
  if (kind === 'cookie') return ({ cookies }) => cookies.get(word);
  if (kind === 'query') return ({ query }) => query.get(word) ?? undefined;
  throw unexpected(name, WANTED, by);
}
