/** One connection of a pool: sends one request at a time and reads its answer; whether it can be used again, it says itself. */
import type { Socket } from 'node:net';
import { AnswerReading } from './answer-reading.ts';
import type { CallHolder, ClientCall } from './client-call.ts';
import type { Connector } from './connector.ts';
import { BodyIdleTimeoutError, ConnectionLostError, FirstByteTimeoutError } from '../errors.ts';
import type { PoolSettings } from './pool-options.ts';
import { RequestSending } from './request-sending.ts';
import type { ReadMemory } from './read-memory.ts';
import { Deadline, type Timed } from '../timer-wheel.ts';

/** Who has connections. */
export interface ConnectionOwner {
  /** The connection is there, or free again. */
  free(connection: ClientConnection): void;
  /** The connection is gone, or not ours any more. */
  gone(connection: ClientConnection): void;
  /** The connection could not be had. */
  failed(connection: ClientConnection, error: Error): void;
}

/** One connection. */
export class ClientConnection implements Timed, CallHolder {
  readonly socket: Socket;
  /** True if it can be handed over to another protocol. */
  readonly isPlain: boolean;
  /** Until when it may be used again while it is idle, on the clock of the pool. */
  idleUntil = 0;
  readonly #owner: ConnectionOwner;
  readonly #settings: PoolSettings;
  readonly #memory: ReadMemory | undefined;
  readonly #deadline: Deadline;
  readonly #reading: AnswerReading;
  readonly #sending: RequestSending;
  #call: ClientCall | undefined;
  #requests = 0;
  #isOpen = false;
  #isGone = false;
  readonly #onData = (bytes: Buffer): void => this.#take(bytes);
  readonly #onDrain = (): void => this.#sending.drained();
  readonly #onEnd = (): void => this.#ended();
  readonly #onClose = (): void => this.#closed();

  constructor(
    connector: Connector,
    settings: PoolSettings,
    owner: ConnectionOwner,
    { isPlain }: { readonly isPlain: boolean },
  ) {
    this.#owner = owner;
    this.#settings = settings;
    this.#deadline = new Deadline(this);
    const { socket, memory } = connector.open(
      {
        connected: () => this.#connected(),
        failed: (error) => this.#failed(error),
        take: this.#onData,
      },
      isPlain,
    );
    this.socket = socket;
    this.isPlain = isPlain;
    this.#memory = memory;
    const paced = (): void => this.#watch();
    const sending = new RequestSending(socket, settings, {
      sent: paced,
      paced,
      failed: (error) => this.#giveUp(error),
    });
    this.#sending = sending;
    this.#reading = new AnswerReading(socket, memory, settings, {
      get isSent() {
        return sending.isSent;
      },
      paced,
      cancelled: () => this.#dismiss(),
      switched: () => this.#release(),
    });
    if (!memory) socket.on('data', this.#onData);
    socket.on('drain', this.#onDrain);
    socket.on('end', this.#onEnd);
    socket.on('close', this.#onClose);
    socket.on('error', ignore);
  }

  /** True if it can carry a request. */
  get isUsable(): boolean {
    const { socket } = this;
    return this.#isOpen && !this.#isGone && !this.#call && !socket.destroyed && socket.readable;
  }

  /** How long the other end keeps it, in seconds; -1 if it did not say. */
  get keepAliveSeconds(): number {
    return this.#reading.keepAliveSeconds;
  }

  /** Sends a request. `false` if the connection has ended since it was last used, and nothing of the request was sent. */
  carry(call: ClientCall): boolean {
    this.#call = call;
    call.holder = this;
    this.#requests++;
    const { socket } = this;
    this.#settings.wheel.set(this.#deadline, Infinity);
    this.#reading.expect(call);
    const isAtOnce = this.#sending.send(call);
    // The system has refused what it was given at once, so the other end has seen nothing of it.
    const isRefused = isAtOnce && (socket.destroyed || socket.errored !== null);
    if (!isRefused || this.#call !== call) return true;
    if (this.#requests > 1) {
      this.#call = undefined;
      this.#sending.cancel();
      return false;
    }
    this.#giveUp(this.#lost({ nothingSent: true }));
    return true;
  }

  abort(call: ClientCall, reason: Error): void {
    if (this.#call === call) this.#giveUp(reason);
  }

  /** Stays open for a while without a request. */
  rest(keepMs: number): void {
    this.#memory?.shrink();
    const { clock, wheel } = this.#settings;
    this.idleUntil = clock.now() + keepMs;
    // The wheel may be two ticks late, and late is when the other end closes too.
    wheel.set(this.#deadline, Math.max(0, keepMs - 2 * wheel.tickMs));
  }

  /** Ends the connection. What is under way, if anything, fails. */
  destroy(error?: Error): void {
    if (!this.#isGone) this.#giveUp(error ?? this.#lost());
  }

  onDue(): void {
    const { firstByteTimeoutMs, idleTimeoutMs } = this.#settings;
    if (!this.#call) return this.destroy();
    if (this.#sending.isSent && !this.#reading.hasHead) {
      const message = `The answer did not begin within ${firstByteTimeoutMs} ms`;
      this.#giveUp(new FirstByteTimeoutError(message));
    } else {
      const message = `Nothing went on for ${idleTimeoutMs} ms in the middle of a body`;
      this.#giveUp(new BodyIdleTimeoutError(message));
    }
  }

  /** Waits anew for what has to come next. Nobody is blamed while it is us who do not go on. */
  #watch(): void {
    if (this.#isGone) return;
    const { wheel, firstByteTimeoutMs, idleTimeoutMs } = this.#settings;
    const isOurs = !this.#call || this.#reading.isPaused;
    let afterMs = idleTimeoutMs;
    if (isOurs || !(this.#sending.isWaiting || this.#sending.isSent)) afterMs = Infinity;
    else if (this.#sending.isSent && !this.#reading.hasHead) afterMs = firstByteTimeoutMs;
    wheel.set(this.#deadline, afterMs);
  }

  #connected(): void {
    this.#isOpen = true;
    this.#owner.free(this);
  }

  #failed(error: Error): void {
    if (this.#isGone) return;
    this.#leave();
    this.#owner.failed(this, error);
  }

  #take(bytes: Buffer): void {
    if (this.#isGone) return;
    // What comes when nobody has asked cannot be trusted, nor can what would come after it.
    if (!this.#call) return this.destroy();
    const error = this.#reading.take(bytes);
    if (this.#isGone) return;
    if (error) this.#giveUp(error);
    else if (this.#reading.isDone) this.#finish();
    else if (this.#reading.hasHead) this.#watch();
  }

  /** The answer is whole. The connection is free if the request has left, and both ends want to keep it. */
  #finish(): void {
    if (!this.#reading.isReusable || !this.#sending.isReusable) return this.#dismiss();
    const call = this.#call;
    this.#call = undefined;
    this.#watch();
    this.#owner.free(this);
    call?.over();
  }

  #ended(): void {
    if (this.#isGone) return;
    if (this.#call && !this.#isReset()) this.#reading.finish();
    if (this.#reading.isDone) this.#dismiss();
    else this.destroy();
  }

  /** To Node 20 a reset looks like an orderly end if it comes together with bytes. To send nothing tells the two apart. */
  #isReset(): boolean {
    this.socket.write('');
    return this.socket.errored !== null;
  }

  #lost(options?: { readonly nothingSent: boolean }): Error {
    const when = this.#reading.hasHead ? 'in the middle of the answer' : 'before the answer';
    return new ConnectionLostError(`The connection was lost ${when}`, {
      ...options,
      cause: this.socket.errored ?? undefined,
      wasReused: this.#requests > 1,
    });
  }

  /** Ends the connection, and what is under way on it. */
  #giveUp(error: Error): void {
    const call = this.#end();
    this.#reading.fail(error, call);
  }

  /** Ends the connection when nobody waits for anything any more. What is left of the request has nobody to go to. */
  #dismiss(): void {
    const call = this.#end();
    this.#reading.stop();
    call?.over();
  }

  #end(): ClientCall | undefined {
    const call = this.#call;
    this.#call = undefined;
    this.#leave();
    this.#sending.cancel();
    this.#owner.gone(this);
    return call;
  }

  #leave(): void {
    this.#isGone = true;
    this.#settings.wheel.remove(this.#deadline);
    this.socket.destroy();
  }

  /** The socket is someone else's from now on. */
  #release(): void {
    const { socket } = this;
    this.#isGone = true;
    this.#call = undefined;
    this.#settings.wheel.remove(this.#deadline);
    socket.off('data', this.#onData);
    socket.off('drain', this.#onDrain);
    socket.off('end', this.#onEnd);
    socket.off('close', this.#onClose);
    // It waits until someone listens, as a socket does that nobody has listened to.
    socket.pause();
    (socket as { readableFlowing: boolean | null }).readableFlowing = null;
    this.#owner.gone(this);
  }

  #closed(): void {
    this.destroy();
  }
}

const ignore = (): void => {};
