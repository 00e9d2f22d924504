/** idempotencyKey: a request that is sent again under the same key is not done again, but answered as it was the first time. */
import { isThenable, type Middleware } from '@interpose/kernel';
import { checkMs, checkNames, checkWhole, unexpected } from '@interpose/kernel/options';
import { memoryStore, type Store } from '@interpose/kernel/store';
import type { HttpMiddleware } from '../app.ts';
import type { HttpContext } from '../context/context.ts';
import { HttpError } from '../errors.ts';
import { isTokenName } from '../context/headers.ts';
import { giveAgain, keepAnswer, type KeptAnswer } from '../answer/kept-answer.ts';
import type { HttpResponse } from '../context/response.ts';
import { hexOf, sha256 } from '../credentials/sha256.ts';

/** What is kept for a key: which request it was, and its answer once there is one. */
export interface IdempotencyRecord {
  /** Tells one run of a request from another. */
  readonly run: string;
  readonly fingerprint: string;
  /** `'running'`: there is none yet; `'lost'`: there was one, and it could not be kept. */
  readonly answer: KeptAnswer | 'running' | 'lost';
}

/** Options of `idempotencyKey`. */
export interface IdempotencyKeyOptions {
  /** Whose key it is, such as the user or the account: nobody may be given another's answer. Keys of all are one if all give one text. */
  readonly scope: (ctx: HttpContext) => string;
  /** Where keys and answers are kept. @default the memory of this process */
  readonly store?: Store<IdempotencyRecord>;
  /** How long an answer is kept. @default 86_400_000, a day */
  readonly ttlMs?: number;
  /** How long a request may run before its key is free again, as whoever ran it must have died. @default 300_000, five minutes */
  readonly lockMs?: number;
  /** The same request while the first is running: refused with 409, or, where the first runs in this process, let wait for its answer. @default 'refuse' */
  readonly concurrent?: 'refuse' | 'wait';
  /** Methods for which a key counts. @default POST and PATCH */
  readonly methods?: readonly string[];
  /** Whether such a request must have a key. @default false */
  readonly required?: boolean;
  /** How large an answer is kept; a larger one is not given again, and neither is its request done again. @default 1 MiB */
  readonly maxAnswerBytes?: number;
  /** @default 'Idempotency-Key' */
  readonly header?: string;
}

const OPTIONS = [
  'scope',
  'store',
  'ttlMs',
  'lockMs',
  'concurrent',
  'methods',
  'required',
  'maxAnswerBytes',
  'header',
];
const KEY = /^"?([\x21\x23-\x5b\x5d-\x7e]{1,255})"?$/;

/**
 * Runs the rest once for each key of a scope. Answers below 500 are kept and given again, with `Idempotency-Replayed: true`; a request
 * that failed may be tried again. The same key for another request is a 422.
 *
 * @throws TypeError or RangeError for options that are none
 * @example
 * const app = createApp().use(idempotencyKey({ scope: (ctx) => ctx.headers.get('authorization') ?? '' })).post('/orders', () => 'ordered');
 */
export function idempotencyKey(options: IdempotencyKeyOptions): HttpMiddleware {
  const { scope, methods, required, header, desk } = checked(options);
  return function idempotencyKey(ctx, next) {
    if (!methods.has(ctx.method)) return next();
    const given = ctx.headers.get(header);
    if (given === undefined) {
      if (!required) return next();
      throw new HttpError(400, `${header} is needed here`, { code: 'IDEMPOTENCY_KEY_MISSING' });
    }
    const key = KEY.exec(given)?.[1];
    if (key === undefined) {
      throw new HttpError(400, `${header} has 1 to 255 visible characters`, {
        code: 'IDEMPOTENCY_KEY_INVALID',
      });
    }
    const own = scope(ctx);
    if (typeof own !== 'string') throw unexpected('scope', 'a text', own);
    return desk.handle(hexOf(sha256(`${own.length}:${own}${key}`)), ctx, () => next());
  };
}

function checked(options: IdempotencyKeyOptions) {
  checkNames('idempotencyKey()', options, OPTIONS);
  const { scope, concurrent = 'refuse', methods = ['POST', 'PATCH'], required = false } = options;
  const { header = 'Idempotency-Key', store = memoryStore<IdempotencyRecord>() } = options;
  if (typeof scope !== 'function') throw unexpected('scope', 'a function', scope);
  if (concurrent !== 'refuse' && concurrent !== 'wait') {
    throw unexpected('concurrent', `'refuse' or 'wait'`, concurrent);
  }
  if (!isTokenName(header)) throw unexpected('header', 'the name of a header', header);
  const desk = new Desk({
    store,
    waits: concurrent === 'wait',
    ttlMs: checkMs('ttlMs', options.ttlMs ?? 86_400_000, 1),
    lockMs: checkMs('lockMs', options.lockMs ?? 300_000, 1),
    maxAnswerBytes: checkWhole('maxAnswerBytes', options.maxAnswerBytes ?? 1024 * 1024),
  });
  return { scope, methods: new Set(methods), required, header, desk };
}

interface DeskOptions {
  readonly store: Store<IdempotencyRecord>;
  readonly waits: boolean;
  readonly ttlMs: number;
  readonly lockMs: number;
  readonly maxAnswerBytes: number;
}

/** One run of one request. */
interface Run {
  readonly key: string;
  readonly own: string;
  readonly fingerprint: string;
}

type Rest = () => ReturnType<Parameters<Middleware<HttpContext, HttpResponse>>[1]>;

/** Where requests are taken in, and answers given out. */
class Desk {
  readonly #options: DeskOptions;
  /** Those that run in this process, until their answer is kept. */
  readonly #running = new Map<string, Promise<unknown>>();

  constructor(options: DeskOptions) {
    this.#options = options;
  }

  async handle(key: string, ctx: HttpContext, rest: Rest): Promise<HttpResponse> {
    const fingerprint = await fingerprintOf(ctx);
    const { store, lockMs, waits } = this.#options;
    const own = crypto.randomUUID();
    for (;;) {
      if (store.add(key, { run: own, fingerprint, answer: 'running' }, lockMs)) {
        const run = this.#run({ key, own, fingerprint }, ctx, rest);
        this.#running.set(key, run);
        return run.finally(() => {
          if (this.#running.get(key) === run) this.#running.delete(key);
        });
      }
      const record = store.get(key);
      // It may have gone between the two questions.
      if (!record) continue;
      if (record.fingerprint !== fingerprint) throw reused();
      if (record.answer === 'lost') throw lost();
      if (record.answer !== 'running') {
        ctx.response.headers.set('Idempotency-Replayed', 'true');
        return giveAgain(record.answer, ctx.response);
      }
      const running = waits ? this.#running.get(key) : undefined;
      if (!running) throw busy();
      await running.catch(() => {});
    }
  }

  async #run({ key, own, fingerprint }: Run, ctx: HttpContext, rest: Rest): Promise<HttpResponse> {
    const { store, ttlMs, maxAnswerBytes } = this.#options;
    const before = [...ctx.response.headers.toRaw()];
    // Whoever has run for too long has lost the key to another, whose it is now.
    const isMine = (): boolean => store.get(key)?.run === own;
    try {
      const result = rest();
      const response = isThenable(result) ? await result : result;
      const isFinal = response.status < 500 && response.status !== 429;
      const answer = isFinal ? await keepAnswer(response, before, maxAnswerBytes) : undefined;
      if (!isMine()) return response;
      if (isFinal) store.set(key, { run: own, fingerprint, answer: answer ?? 'lost' }, ttlMs);
      else store.delete(key);
      return response;
    } catch (error) {
      if (isMine()) store.delete(key);
      throw error;
    }
  }
}

/** What makes it the same request: its method, its target, the type of its body, and each byte of it. */
async function fingerprintOf(ctx: HttpContext): Promise<string> {
  const body = await ctx.body.bytes();
  const type = ctx.headers.get('content-type') ?? '';
  const head = JSON.stringify([ctx.method, ctx.path, ctx.search, type]);
  return hexOf(sha256(`${head}\n${hexOf(sha256(body))}`));
}

const busy = (): HttpError =>
  new HttpError(409, 'The first request with this key is still running', {
    code: 'IDEMPOTENCY_KEY_IN_USE',
    headers: { 'Retry-After': '1' },
  });

const reused = (): HttpError =>
  new HttpError(422, 'This key was used for another request', { code: 'IDEMPOTENCY_KEY_REUSED' });

const lost = (): HttpError =>
  new HttpError(409, 'This request was done already, and its answer was too large to be kept', {
    code: 'IDEMPOTENCY_ANSWER_LOST',
  });
