/** An open load: requests at a fixed rate, each timed from the moment it was due, so that a stall costs all who would have come in it. */
import { connect, type Socket } from 'node:net';
import { answerReader } from './answer-reader.ts';
import { percentile, type Schedule, scheduleOf } from './schedule.ts';

/** What to load, and how much. */
export interface OpenLoadOptions {
  readonly port: number;
  readonly path: string;
  /** Header lines besides Host. @default none */
  readonly headers?: readonly string[];
  /** Requests a second. */
  readonly rate: number;
  readonly seconds: number;
  /** The load goes on so long before anything is timed, until both sides are warm. @default 0 */
  readonly leadSeconds?: number;
  readonly connections: number;
}

/** What the load saw. */
export interface OpenLoadReport {
  /** All, the lead included. */
  readonly requests: number;
  readonly p50Us: number;
  readonly p99Us: number;
  readonly maxUs: number;
  /** How late the load itself was with a request for which a connection was free; 99 % were no later. */
  readonly lateUs: number;
}

interface Connection {
  readonly socket: Socket;
  /** The request that it waits for; -1 is the one that opens it, which is not timed. */
  index: number;
}

/** How long the last requests may take. */
const DRAIN_MS = 10_000;
const READ_BYTES = 64 * 1024;

/** Sends all requests of the schedule; rejects when one fails or is not answered in time. */
export async function openLoad(options: OpenLoadOptions): Promise<OpenLoadReport> {
  const load = new OpenLoad(options);
  try {
    await load.done;
    return load.report();
  } finally {
    load.destroy();
  }
}

class OpenLoad {
  readonly done: Promise<void>;
  readonly #options: OpenLoadOptions;
  readonly #schedule: Schedule;
  readonly #leadRequests: number;
  readonly #request: string;
  readonly #latencies: Float64Array;
  readonly #lateness: Float64Array;
  /** What is read is looked at before anything else can be read, so one buffer serves all. */
  readonly #buffer: Buffer = Buffer.allocUnsafe(READ_BYTES);
  readonly #sockets: Socket[] = [];
  readonly #free: Connection[] = [];
  #startMs = NaN;
  #next = 0;
  #answered = 0;
  /** Requests are due for which no connection is free. */
  #isScarce = false;
  #resolve!: () => void;
  #reject!: (error: Error) => void;

  constructor(options: OpenLoadOptions) {
    const { port, path, headers = [], rate, seconds, leadSeconds = 0, connections } = options;
    this.#options = options;
    this.#schedule = scheduleOf(rate, leadSeconds + seconds);
    this.#leadRequests = Math.floor(rate * leadSeconds);
    const lines = [`GET ${path} HTTP/1.1`, `Host: 127.0.0.1:${port}`, ...headers];
    this.#request = `${lines.join('\r\n')}\r\n\r\n`;
    this.#latencies = new Float64Array(this.#schedule.requests);
    this.#lateness = new Float64Array(this.#schedule.requests);
    this.done = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    for (let count = 0; count < connections; count++) this.#connect();
  }

  destroy(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  report(): OpenLoadReport {
    const timed = this.#latencies.subarray(this.#leadRequests).sort();
    const late = this.#lateness.subarray(this.#leadRequests).sort();
    return {
      requests: this.#latencies.length,
      p50Us: percentile(timed, 0.5) * 1000,
      p99Us: percentile(timed, 0.99) * 1000,
      maxUs: percentile(timed, 1) * 1000,
      lateUs: percentile(late, 0.99) * 1000,
    };
  }

  #connect(): void {
    const read = answerReader();
    const callback = (length: number): boolean => {
      try {
        if (read(this.#buffer.subarray(0, length))) this.#onAnswer(connection);
      } catch (error) {
        this.#reject(error as Error);
      }
      return true;
    };
    const onread = { buffer: this.#buffer, callback };
    const { port } = this.#options;
    const socket = connect({ port, host: '127.0.0.1', noDelay: true, onread });
    const connection: Connection = { socket, index: -1 };
    this.#sockets.push(socket);
    socket.on('connect', () => this.#send(connection, -1));
    socket.on('error', this.#reject);
    socket.on('close', () => this.#reject(new Error('The server closed a connection')));
  }

  #send(connection: Connection, index: number): void {
    connection.index = index;
    connection.socket.write(this.#request, 'latin1');
  }

  #onAnswer(connection: Connection): void {
    const { index } = connection;
    if (index >= 0) {
      this.#latencies[index] = performance.now() - this.#startMs - this.#schedule.dueMs(index);
      this.#answered++;
    }
    this.#free.push(connection);
    if (Number.isNaN(this.#startMs) && this.#free.length === this.#options.connections) {
      this.#startMs = performance.now();
      setImmediate(() => this.#turn());
    }
  }

  /** Sends what is due. A timer would be late by a millisecond, so it comes round again and again. */
  #turn(): void {
    const { requests, dueMs } = this.#schedule;
    const nowMs = performance.now() - this.#startMs;
    while (this.#next < requests && dueMs(this.#next) <= nowMs) {
      const connection = this.#free.pop();
      if (!connection) {
        this.#isScarce = true;
        break;
      }
      // Who had to wait for a connection is late by the server's fault.
      this.#lateness[this.#next] = this.#isScarce ? 0 : nowMs - dueMs(this.#next);
      this.#send(connection, this.#next++);
    }
    if (this.#next < requests && dueMs(this.#next) > nowMs) this.#isScarce = false;
    const left = requests - this.#answered;
    if (left === 0) this.#resolve();
    else if (nowMs > dueMs(requests) + DRAIN_MS) {
      this.#reject(new Error(`${left} of ${requests} requests were not answered in time`));
    } else setImmediate(() => this.#turn());
  }
}
