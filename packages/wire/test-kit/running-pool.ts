/** A pool for tests, closed when the test is over, and a receiver that keeps what it is told. */
import { type FakeClock, fakeClock } from '@interpose/testing';
import { onTestFinished } from 'vitest';
import type { ClientAnswer } from '../src/pool/client-answer.ts';
import type { Call } from '../src/pool/client-call.ts';
import type { AnswerReceiver, ClientRequest } from '../src/pool/client-request.ts';
import { createPool, type Pool } from '../src/pool/pool.ts';
import type { PoolOptions } from '../src/pool/pool-options.ts';
import type { ScriptedOrigin } from './scripted-origin.ts';

/** A pool whose time is moved by hand. */
export interface RunningPool {
  readonly pool: Pool;
  readonly clock: FakeClock;
  /** Sends a request, which is a GET unless it says otherwise. */
  send(request?: Partial<ClientRequest>, receiver?: Partial<AnswerReceiver>): CallRecord;
  /** Sends a GET and reads its answer. */
  get(target?: string): Promise<string>;
}

/** A pool of connections to an origin. */
export function startPool(origin: ScriptedOrigin | string, options: PoolOptions = {}): RunningPool {
  const clock = fakeClock();
  const pool = createPool(typeof origin === 'string' ? origin : origin.url, { clock, ...options });
  onTestFinished(async () => void (await pool.close({ graceMs: 0 })));
  return {
    pool,
    clock,
    send: (request, receiver) => new CallRecord(pool, request, receiver),
    async get(target = '/') {
      const answer = await pool.request({ method: 'GET', target, headers: [] });
      return (await answer.body?.text()) ?? '';
    },
  };
}

/** A request and what its receiver was told, in order. */
export class CallRecord {
  readonly call: Call;
  readonly events: string[] = [];
  /** Resolves with the answer, or rejects with what the request failed with. */
  readonly answered: Promise<ClientAnswer>;
  /** Resolves when nothing more will happen. */
  readonly ended: Promise<void>;
  /** What the request failed with. */
  error: Error | undefined;

  constructor(
    pool: Pool,
    request: Partial<ClientRequest> = {},
    more: Partial<AnswerReceiver> = {},
  ) {
    let resolve: (answer: ClientAnswer) => void = () => {};
    let reject: (error: Error) => void = () => {};
    let end: () => void = () => {};
    this.answered = new Promise((...both) => ([resolve, reject] = both));
    this.ended = new Promise((ends) => (end = ends));
    this.answered.catch(() => {});
    this.call = pool.dispatch(
      { method: 'GET', target: '/', headers: [], ...request },
      {
        ...more,
        information: (status, rawHeaders) => {
          this.events.push(`information ${status}`);
          more.information?.(status, rawHeaders);
        },
        response: (answer) => {
          this.events.push(`response ${answer.status}`);
          resolve(answer);
          more.response?.(answer);
        },
        failed: (error) => {
          this.events.push(`failed ${nameOf(error)}`);
          this.error = error;
          reject(error);
          more.failed?.(error);
        },
        over: () => {
          this.events.push('over');
          end();
          more.over?.();
        },
      },
    );
  }

  /** The text of the body, when it is whole. */
  async text(): Promise<string> {
    const { body } = await this.answered;
    return (await body?.text()) ?? '';
  }

  /** What the request failed with, or the body of its answer. */
  async failure(): Promise<Error> {
    try {
      await this.text();
    } catch (error) {
      return error as Error;
    }
    throw new Error('it did not fail');
  }
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : String(error);
}

/** Waits until what happens on sockets has made it so; how long that takes, nobody can say. */
export async function eventually<T>(check: () => T, patienceMs = 4000): Promise<T> {
  const until = performance.now() + patienceMs;
  for (;;) {
    try {
      return check();
    } catch (error) {
      if (performance.now() > until) throw error;
    }
    await turn();
  }
}

/** Lets what is there on sockets be read. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** Lets whatever is under way on the loopback arrive, when nothing should come of it. */
export async function turns(count = 20): Promise<void> {
  for (let at = 0; at < count; at++) await turn();
}
