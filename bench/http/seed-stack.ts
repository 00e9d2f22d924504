/** The seed's stack as every contender builds it: what the layers are set to, what they do, and what shows it. */
import { hash, timingSafeEqual } from 'node:crypto';
import type { Asked } from '../processes/case.ts';

/** The page that calls. */
export const ORIGIN = 'https://app.example.com';
/** The header that carries the id of a request. */
export const ID_HEADER = 'fast-api-request-id';
/** The header that carries the key. */
export const KEY_HEADER = 'X-API-Key';
/** The key that lets in. */
export const KEY = 'bench-key-5d41402abc4b2a76';

/** What pages may do, in the words of most peers. */
export const CORS = {
  origin: [ORIGIN],
  credentials: true,
  methods: ['GET', 'POST', 'HEAD'],
  headers: ['Content-Type', 'X-Requested-With', 'Origin', 'Accept', 'Authorization'],
  maxAgeSeconds: 600,
} as const;

const KEY_DIGEST = hash('sha256', KEY, 'buffer');

/** Compares in a time that tells nothing of the key. */
export function isRightKey(key: unknown): boolean {
  return typeof key === 'string' && timingSafeEqual(hash('sha256', key, 'buffer'), KEY_DIGEST);
}

/** What a peer records of one request. */
export interface RequestEvent {
  readonly id: string;
  readonly method: string;
  readonly path: string;
  readonly status: number;
  /** Milliseconds since 1970. */
  readonly startedAt: number;
  readonly durationMs: number;
}

const MOST_EVENTS = 50;

/** The events of the last 50 requests, as a peer keeps them. */
export class EventRing {
  readonly #events: RequestEvent[] = [];
  #next = 0;

  add(event: RequestEvent): void {
    this.#events[this.#next] = event;
    this.#next = (this.#next + 1) % MOST_EVENTS;
  }

  /** The last event of `/hello`, and how many there are of all. */
  shown(): object {
    const newestFirst = [
      ...this.#events.slice(0, this.#next).toReversed(),
      ...this.#events.slice(this.#next).toReversed(),
    ];
    const last = newestFirst.find(({ path }) => path === '/hello');
    return shownEvent(last, this.#events.length);
  }
}

/** An event without what changes from one to the next. */
export function shownEvent(event: RequestEvent | undefined, kept: number): object {
  if (!event) return { kept };
  const { method, path, status, id, durationMs } = event;
  const isTimed = durationMs > 0 && durationMs < 60_000;
  return { method, path, status, hasId: /^[\da-f-]{36}$/.test(id), isTimed, isFull: kept === 50 };
}

const FROM_PAGE = [`Origin: ${ORIGIN}`];
const ALLOWED = [...FROM_PAGE, `${KEY_HEADER}: ${KEY}`];

/** A list in a header, with or without blanks behind its commas. */
const listed = (names: readonly string[]): RegExp => new RegExp(`^${names.join(', ?')}$`);

const READABLE = {
  'access-control-allow-origin': ORIGIN,
  'access-control-allow-credentials': 'true',
  vary: /^Origin$/i,
  [ID_HEADER]: /^[\da-f-]{36}$/,
};

/** The request that is measured. */
export const HELLO_WITH_KEY: Asked = {
  path: '/hello',
  headers: ALLOWED,
  answer: '{"hello":"world"}',
  answerHeaders: {
    ...READABLE,
    'access-control-expose-headers': listed(CORS.headers),
    'content-type': /^application\/json\b/,
    'content-length': '17',
    date: /GMT$/,
    'x-powered-by': null,
    etag: null,
  },
};

/** What shows that every layer does its work. */
export const SHOWING: readonly Asked[] = [
  { path: '/hello', headers: FROM_PAGE, status: 401, answerHeaders: READABLE },
  { path: '/hello', headers: [...FROM_PAGE, `${KEY_HEADER}: no`], status: 401 },
  {
    path: '/hello',
    headers: [`${KEY_HEADER}: ${KEY}`, 'Origin: https://elsewhere.example.com'],
    answerHeaders: { 'access-control-allow-origin': null },
  },
  {
    method: 'OPTIONS',
    path: '/hello',
    headers: [...FROM_PAGE, 'Access-Control-Request-Method: GET'],
    status: 204,
    answerHeaders: {
      'access-control-allow-origin': ORIGIN,
      'access-control-allow-methods': listed(CORS.methods),
      'access-control-allow-headers': listed(CORS.headers),
      'access-control-max-age': '600',
    },
  },
  {
    path: '/recorded',
    headers: ALLOWED,
    answer: JSON.stringify({
      method: 'OPTIONS',
      path: '/hello',
      status: 204,
      hasId: true,
      isTimed: true,
      isFull: false,
    }),
  },
];
