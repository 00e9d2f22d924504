/** The six things that every gateway here does with a request, and what shows that it does them. */
import type { Asked } from '../processes/case.ts';

/** The header that carries the key. */
export const KEY_HEADER = 'X-API-Key';
/** The key that lets in. */
export const KEY = 'bench-key-5d41402abc4b2a76';
/** Whose it is. */
export const CONSUMER = 'bench';
/** So many requests a minute each consumer may make: never as many as come. */
export const LIMIT = 1_000_000_000;
/** What is blocked; the load comes from none of them. */
export const BLOCKED: readonly string[] = ['192.0.2.0/24', '198.51.100.0/24', '203.0.113.7/32'];
/** Where each request leaves its line: what is written costs the same everywhere, and no disk is measured. */
export const LOG_FILE = '/dev/null';

const UUID = /^[\da-f]{8}-?[\da-f]{4}-?[\da-f]{4}-?[\da-f]{4}-?[\da-f]{12}$/i;

/** The request that is measured. */
export const proxied = (path: string, answer: string): Asked => ({
  path,
  headers: [`${KEY_HEADER}: ${KEY}`],
  answer,
  answerHeaders: { 'x-request-id': UUID, 'content-type': /^application\/json\b/ },
});

/** What shows that the work is done: who has no key is refused, who has the right one is not, and the upstream is told the id. */
export const SHOWING: readonly Asked[] = [
  { path: '/id', status: 401, answerHeaders: { 'x-request-id': UUID } },
  { path: '/id', headers: [`${KEY_HEADER}: no`], status: 401 },
  { path: '/id', headers: [`${KEY_HEADER}: ${KEY}`], answer: /^"[\da-f-]{32,36}"$/i },
];
