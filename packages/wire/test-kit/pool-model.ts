/** What a pool has to do, in the simplest words, and a trial that compares a pool with it step by step on real sockets. */
import { fakeClock } from '@interpose/testing';
import { createServer, type Server } from 'node:net';
import { once } from 'node:events';
import { expect } from 'vitest';
import type { Pool } from '../src/pool/pool.ts';
import type { PoolOptions } from '../src/pool/pool-options.ts';
import { CallRecord, eventually } from './running-pool.ts';
import { OriginConnection } from './scripted-origin.ts';

/** One step of a trial. Numbers pick one of those that there are. */
export type Step =
  | { readonly kind: 'send'; readonly count: number }
  | { readonly kind: 'answer'; readonly pick: number; readonly keeps: boolean }
  | { readonly kind: 'abort'; readonly pick: number }
  | { readonly kind: 'reset'; readonly pick: number }
  | { readonly kind: 'endIdle'; readonly pick: number }
  | { readonly kind: 'resetIdleAndSend'; readonly pick: number }
  | { readonly kind: 'wait'; readonly afterMs: number };

/** Sizes of the pool under trial. */
export interface Sizes {
  readonly maxConnections: number;
  readonly maxQueued: number;
}

/** A pool to be tried. */
export interface Candidate {
  make(origin: string, options: PoolOptions): Pool;
  /** How long it may take until it does on sockets what it has to do. @default 4000 */
  readonly patienceMs?: number;
}

const QUEUE_MS = 1000;
const KEEP_MS = 60_000;
/** So long that nothing idle is left. */
export const LONG_MS = 100_000;

interface ModelCall {
  readonly id: number;
  readonly record: CallRecord;
  expected: string[];
  untilMs: number;
}

/** A pool beside its model. */
export class PoolTrial {
  readonly #sizes: Sizes;
  readonly #patienceMs: number | undefined;
  readonly #clock = fakeClock();
  readonly #pool: Pool;
  readonly #open = new Set<OriginConnection>();
  /** Which connection a request came on. */
  readonly #seen = new Map<number, OriginConnection>();
  // The model.
  readonly #flying = new Set<ModelCall>();
  readonly #queue: ModelCall[] = [];
  #idle: OriginConnection[] = [];
  readonly #calls: ModelCall[] = [];
  /** Requests that have to come on a connection that is known. */
  readonly #places = new Map<number, OriginConnection>();

  private constructor(server: Server, sizes: Sizes, { make, patienceMs }: Candidate) {
    this.#patienceMs = patienceMs;
    this.#sizes = sizes;
    const { port } = server.address() as { port: number };
    this.#pool = make(`http://127.0.0.1:${port}`, {
      ...sizes,
      clock: this.#clock,
      queueTimeoutMs: QUEUE_MS,
      keepAliveMs: KEEP_MS,
      maxKeepAliveMs: KEEP_MS,
      firstByteTimeoutMs: Infinity,
    });
    server.on('connection', (socket) => {
      const connection = new OriginConnection(socket);
      this.#open.add(connection);
      socket.on('end', () => this.#open.delete(connection));
      socket.on('close', () => this.#open.delete(connection));
      void this.#listen(connection);
    });
  }

  /** Makes the steps, and throws as soon as pool and model disagree. */
  static async run(steps: readonly Step[], sizes: Sizes, candidate: Candidate): Promise<void> {
    const server = createServer({ allowHalfOpen: true });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const trial = new PoolTrial(server, sizes, candidate);
    try {
      for (const step of steps) {
        trial.#make(step);
        await trial.#compare();
      }
      await trial.#end();
    } finally {
      await trial.#pool.close({ graceMs: 0 });
      for (const { socket } of trial.#open) socket.destroy();
      server.close();
    }
  }

  async #listen(connection: OriginConnection): Promise<void> {
    try {
      for (;;) {
        const { target } = await connection.request();
        this.#seen.set(Number(target.slice(1)), connection);
      }
    } catch {
      // The other end has left.
    }
  }

  #make(step: Step): void {
    switch (step.kind) {
      case 'send':
        for (let at = 0; at < step.count; at++) this.#send();
        return;
      case 'answer':
        return this.#answer(picked([...this.#flying], step.pick), step.keeps);
      case 'abort':
        return this.#abort(picked([...this.#flying, ...this.#queue], step.pick));
      case 'reset':
        return this.#reset(picked([...this.#flying], step.pick));
      case 'endIdle':
        picked(this.#idle, step.pick)?.end();
        this.#idle = this.#idle.filter((_, at) => at !== step.pick % this.#idle.length);
        return;
      case 'resetIdleAndSend': {
        // Those on top are the ones that are tried first.
        const count = Math.min(this.#idle.length, (step.pick % 3) + 1);
        for (const connection of this.#idle.splice(this.#idle.length - count)) connection.reset();
        return this.#send();
      }
      case 'wait':
        return this.#wait(step.afterMs);
      default:
        step satisfies never;
    }
  }

  // What a request goes through.

  #send(): void {
    const id = this.#calls.length;
    const record = new CallRecord(this.#pool, { target: `/${id}` });
    const call: ModelCall = { id, record, expected: [], untilMs: this.#clock.now() + QUEUE_MS };
    this.#calls.push(call);
    const { maxConnections, maxQueued } = this.#sizes;
    const connection = this.#idle.pop();
    if (connection) {
      this.#flying.add(call);
      this.#expectOn(call, connection);
    } else if (this.#flying.size < maxConnections) this.#flying.add(call);
    else if (this.#queue.length < maxQueued) this.#queue.push(call);
    else call.expected = ['failed PoolFullError', 'over'];
  }

  #answer(call: ModelCall | undefined, keeps: boolean): void {
    const connection = call && this.#seen.get(call.id);
    if (!call || !connection) return;
    const header = keeps ? '' : 'Connection: close\r\n';
    connection.send(`HTTP/1.1 200 OK\r\nContent-Length: 0\r\n${header}\r\n`);
    call.expected = ['response 200', 'over'];
    this.#flying.delete(call);
    if (!keeps) return this.#advance();
    const next = this.#queue.shift();
    if (!next) this.#idle.push(connection);
    else {
      this.#flying.add(next);
      this.#expectOn(next, connection);
    }
  }

  #abort(call: ModelCall | undefined): void {
    if (!call) return;
    call.record.call.abort(new Error('given up'));
    call.expected = ['failed Error', 'over'];
    const at = this.#queue.indexOf(call);
    if (at >= 0) this.#queue.splice(at, 1);
    this.#flying.delete(call);
    this.#advance();
  }

  #reset(call: ModelCall | undefined): void {
    if (!call) return;
    this.#seen.get(call.id)?.reset();
    call.expected = ['failed ConnectionLostError', 'over'];
    this.#flying.delete(call);
    this.#advance();
  }

  #wait(afterMs: number): void {
    this.#clock.advanceSync(afterMs);
    const now = this.#clock.now();
    while (this.#queue[0] && this.#queue[0].untilMs <= now) {
      (this.#queue.shift() as ModelCall).expected = ['failed PoolTimeoutError', 'over'];
    }
    if (afterMs >= LONG_MS) this.#idle = [];
  }

  /** There is room for one more connection. */
  #advance(): void {
    if (this.#flying.size + this.#idle.length >= this.#sizes.maxConnections) return;
    const next = this.#queue.shift();
    if (next) this.#flying.add(next);
  }

  #expectOn(call: ModelCall, connection: OriginConnection): void {
    this.#places.set(call.id, connection);
  }

  // The comparison.

  async #compare(): Promise<void> {
    const { maxConnections } = this.#sizes;
    await eventually(() => {
      const { connections, idle, connecting, queued, inFlight, requests } = this.#pool.stats();
      expect(this.#open.size).toBeLessThanOrEqual(maxConnections);
      expect({ connections, idle, connecting, queued, inFlight, requests }).toEqual({
        connections: this.#flying.size + this.#idle.length,
        idle: this.#idle.length,
        connecting: 0,
        queued: this.#queue.length,
        inFlight: this.#flying.size,
        requests: this.#calls.length,
      });
      for (const { record, expected } of this.#calls) expect(record.events).toEqual(expected);
      for (const { id } of this.#flying) expect(this.#seen.has(id)).toBe(true);
    }, this.#patienceMs);
    for (const [id, connection] of this.#places) expect(this.#seen.get(id)).toBe(connection);
    this.#places.clear();
    const carriers = [...this.#flying].map(({ id }) => this.#seen.get(id));
    expect(new Set(carriers).size).toBe(this.#flying.size);
    for (const { id } of this.#queue) expect(this.#seen.has(id)).toBe(false);
    await eventually(
      () => expect(new Set(this.#open)).toEqual(new Set([...carriers, ...this.#idle])),
      this.#patienceMs,
    );
  }

  /** Everything comes to an end, and nothing is left. */
  async #end(): Promise<void> {
    while (this.#flying.size > 0) {
      this.#answer([...this.#flying][0], true);
      await this.#compare();
    }
    this.#wait(LONG_MS);
    await this.#compare();
    expect(this.#clock.pending).toBe(0);
    expect(this.#open.size).toBe(0);
  }
}

function picked<T>(all: readonly T[], pick: number): T | undefined {
  return all.length > 0 ? all[pick % all.length] : undefined;
}
