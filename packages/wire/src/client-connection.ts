/** One connection of a pool: sends one request at a time and reads its answer; whether it can be used again, it says itself. */
import type { Socket } from 'node:net';
import { AnswerReading } from './answer-reading.ts';
import type { CallHolder, ClientCall } from './client-call.ts';
import type { Connector } from './connector.ts';
import { BodyIdleTimeoutError, ConnectionLostError, FirstByteTimeoutError } from './errors.ts';
import type { PoolSettings } from './pool-options.ts';
import { RequestSending } from './request-sending.ts';
import type { ReadMemory } from './read-memory.ts';
import { Deadline, type Timed } from './timer-wheel.ts';

/** Who has connections. */
export interface ConnectionOwner {
  /** The connection is there, or free again. */
  free(connection: ClientConnection): void;
  /** The connection is gone. */
  gone(connection: ClientConnection): void;
  /** The connection could not be had. */
  failed(connection: ClientConnection, error: Error): void;
}

/** One connection. */
export class ClientConnection implements Timed, CallHolder {
  readonly socket: Socket;
  /** Until when it may be used again while it is idle, on the clock of the pool. */
  idleUntil = 0;
  /** How many requests it has carried. */
  requests = 0;
  readonly #owner: ConnectionOwner;
  readonly #settings: PoolSettings;
  readonly #memory: ReadMemory | undefined;
  readonly #deadline: Deadline;
  readonly #reading: AnswerReading;
  readonly #sending: RequestSending;
  #call: ClientCall | undefined;
  #isOpen = false;
  #isGone = false;

  constructor(
    connector: Connector,
    settings: PoolSettings,
    owner: ConnectionOwner,
    { plain }: { readonly plain: boolean },
  ) {
    this.#owner = owner;
    this.#settings = settings;
    this.#deadline = new Deadline(this);
    const { socket, memory } = connector.open(
      {
        connected: () => this.#connected(),
        failed: (error) => this.#failed(error),
        take: (bytes) => this.#take(bytes),
      },
      plain,
    );
    this.socket = socket;
    this.#memory = memory;
    this.#reading = new AnswerReading(socket, memory, settings, {
      paused: () => this.#watch(Infinity),
      resumed: () => this.#watch(settings.idleTimeoutMs),
      cancelled: () => this.destroy(),
      switched: () => this.#release(),
    });
    this.#sending = new RequestSending(socket, settings, {
      sent: () => this.#sent(),
      waits: (isWaiting) => this.#watch(isWaiting ? settings.idleTimeoutMs : Infinity),
      failed: (error) => this.#giveUp(error),
    });
    socket.on('drain', () => this.#sending.drained());
    socket.on('end', () => this.#ended());
    socket.on('error', () => {});
    socket.on('close', () => this.#closed());
  }

  /** True if it can carry a request. */
  get isUsable(): boolean {
    const { socket } = this;
    return this.#isOpen && !this.#isGone && !this.#call && !socket.destroyed && socket.readable;
  }

  /** Sends a request. `false` if the connection turned out to be gone before anything of it was sent. */
  carry(call: ClientCall): boolean {
    const { socket } = this;
    this.#call = call;
    call.holder = this;
    this.requests++;
    this.#watch(Infinity);
    this.#reading.expect(call);
    this.#sending.send(call);
    // The system has refused the first bytes, so the other end has seen none of them.
    if (call.isReplayable && (socket.destroyed || socket.errored)) {
      this.#call = undefined;
      this.destroy();
      return false;
    }
    return true;
  }

  abort(call: ClientCall, reason: Error): void {
    if (this.#call === call) this.#giveUp(reason);
  }

  /** Stays open for a while without a request. */
  rest(keepMs: number): void {
    this.#memory?.shrink();
    this.idleUntil = this.#settings.clock.now() + keepMs;
    // The wheel may be two ticks late, and late is when the other end closes too.
    this.#watch(Math.max(0, keepMs - 2 * this.#settings.wheel.tickMs));
  }

  /** Ends the connection, whatever is under way. */
  destroy(): void {
    this.socket.destroy();
    this.#closed();
  }

  onDue(): void {
    const { firstByteTimeoutMs, idleTimeoutMs } = this.#settings;
    if (!this.#call) return this.destroy();
    if (this.#sending.isDone && !this.#reading.hasHead) {
      const message = `The answer did not begin within ${firstByteTimeoutMs} ms`;
      this.#giveUp(new FirstByteTimeoutError(message));
    } else {
      const message = `Nothing went on for ${idleTimeoutMs} ms in the middle of a body`;
      this.#giveUp(new BodyIdleTimeoutError(message));
    }
  }

  #watch(afterMs: number): void {
    this.#settings.wheel.set(this.#deadline, afterMs);
  }

  #connected(): void {
    this.#isOpen = true;
    this.#owner.free(this);
  }

  #failed(error: Error): void {
    if (this.#isGone) return;
    this.#isGone = true;
    this.#settings.wheel.remove(this.#deadline);
    this.socket.destroy();
    this.#owner.failed(this, error);
  }

  #sent(): void {
    if (!this.#reading.hasHead) this.#watch(this.#settings.firstByteTimeoutMs);
    else this.#finish();
  }

  #take(bytes: Buffer): void {
    // What comes when nobody has asked cannot be trusted, nor can what would come after it.
    if (!this.#call) return this.destroy();
    const error = this.#reading.take(bytes);
    if (this.#isGone) return;
    if (error) this.#giveUp(error);
    else if (this.#reading.isDone) this.#finish();
    else if (this.#reading.hasHead && !this.#reading.isPaused) {
      this.#watch(this.#settings.idleTimeoutMs);
    }
  }

  /** The answer is whole. The connection is free if the request is sent, and both ends want to keep it. */
  #finish(): void {
    if (!this.#call || !this.#reading.isDone) return;
    if (!this.#sending.isDone || !this.#reading.isReusable || !this.#sending.isReusable) {
      // What is left of the request has nobody to go to.
      return this.#dismiss();
    }
    const call = this.#call;
    this.#call = undefined;
    call.over();
    this.#owner.free(this);
  }

  #dismiss(): void {
    const call = this.#call;
    this.#call = undefined;
    call?.over();
    this.#sending.cancel();
    this.destroy();
  }

  /** How long the other end keeps it, in seconds; -1 if it did not say. */
  get keepAliveSeconds(): number {
    return this.#reading.keepAliveSeconds;
  }

  #ended(): void {
    if (!this.#call) return this.destroy();
    this.#reading.finish();
    if (this.#reading.isDone) this.#dismiss();
    else this.#giveUp(this.#lost());
  }

  #lost(): Error {
    const when = this.#reading.hasHead ? 'in the middle of the answer' : 'before the answer';
    return new ConnectionLostError(`The connection was lost ${when}`, {
      cause: this.socket.errored ?? undefined,
      wasReused: this.requests > 1,
    });
  }

  #giveUp(error: Error): void {
    const call = this.#call;
    this.#call = undefined;
    this.#sending.cancel();
    this.destroy();
    this.#reading.fail(error, call);
  }

  #release(): void {
    this.#isGone = true;
    this.#settings.wheel.remove(this.#deadline);
    const { socket } = this;
    socket.removeAllListeners();
    this.#call?.over();
    this.#call = undefined;
    this.#owner.gone(this);
  }

  #closed(): void {
    if (this.#isGone) return;
    this.#isGone = true;
    this.#settings.wheel.remove(this.#deadline);
    const call = this.#call;
    if (call) {
      this.#call = undefined;
      this.#sending.cancel();
      this.#reading.fail(this.#lost(), call);
    }
    this.#owner.gone(this);
  }
}
