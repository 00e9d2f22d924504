/** Tunnel: a client and an upstream that have left HTTP and speak another protocol, until one of them ends, or nothing comes, or the gateway closes. */
import { Takeover, type TakeoverTold, type UpstreamAnswer } from '@interpose/http/proxy';
import type { Clock } from '@interpose/kernel';
import type { Upgraded } from '@interpose/wire';
import { closeFrame, FrameBoundary } from './frame-boundary.ts';
import { Lane } from './lane.ts';

/** What a tunnel carried, and who ended the connection first. */
export interface TunnelEnd {
  /** Bytes of the other protocol. */
  readonly fromClientBytes: number;
  readonly toClientBytes: number;
  readonly endedBy: 'client' | 'upstream' | 'idle' | 'closing';
}

/** What a tunnel is told. */
export interface TunnelOptions {
  /** In lower case: a WebSocket is told why it ends. */
  readonly protocol: string;
  /** How long nothing may come from either end. */
  readonly idleMs: number;
  readonly clock: Clock;
  readonly random: () => number;
  /** Calls the listener when nothing more will be sent by HTTP. */
  readonly onSettled: (listener: () => void) => void;
}

/** How long one end may still speak when the other one has said all: in the protocols that come this way that is its own goodbye. */
const LINGER_MS = 2000;
/** Clients are sent away one after the other, as they would all come back at once. */
const MOST_JITTER_MS = 5000;
const GOING_AWAY = 1001;
const SERVICE_RESTART = 1012;
const LATE = { keepAlive: false } as const;

/** Stands in the place of a body until it is given the connection of the client. */
export class Tunnel extends Takeover {
  /** Resolves when both ends are closed. */
  readonly ended: Promise<TunnelEnd>;
  readonly #upstream: NonNullable<UpstreamAnswer['switched']>;
  readonly #options: TunnelOptions;
  #isTaken = false;
  #resolve: (end: TunnelEnd) => void = () => {};
  #endedBy: TunnelEnd['endedBy'] | undefined;
  #up: Lane | undefined;
  #down: Lane | undefined;
  /** The client's connection, once it is there. */
  #client: Upgraded['socket'] | undefined;
  /** The end of the waiting for silence, of the jitter, or of the lingering. */
  #cancelTimer: () => void = () => {};
  #heardAtMs = 0;

  constructor(upstream: NonNullable<UpstreamAnswer['switched']>, options: TunnelOptions) {
    super((client, told) => this.#open(client, told));
    this.#upstream = upstream;
    this.#options = options;
    this.ended = new Promise((resolve) => (this.#resolve = resolve));
    // Whoever takes the connection does so in the same turn in which the exchange is settled.
    options.onSettled(() => queueMicrotask(() => this.#drop()));
  }

  /** As a body it is empty; who drops it, drops the connection to the upstream. */
  override [Symbol.asyncIterator](): AsyncIterator<Uint8Array, undefined> {
    const over = { done: true, value: undefined } as const;
    const stop = (): Promise<typeof over> => {
      this.#drop();
      return Promise.resolve(over);
    };
    return { next: stop, return: stop };
  }

  #drop(): void {
    if (!this.#isTaken) this.#upstream.socket.destroy();
  }

  #open({ socket: client, head: early, onClosing }: Upgraded, { headers }: TakeoverTold): void {
    this.#isTaken = true;
    this.#client = client;
    const { socket: upstream, head } = this.#upstream;
    const { clock, protocol } = this.#options;
    const frames = protocol === 'websocket' ? new FrameBoundary() : undefined;
    const heard = (): void => void (this.#heardAtMs = clock.now());
    const up = (this.#up = new Lane(client, upstream, { heard }));
    const down = (this.#down = new Lane(upstream, client, { heard, frames }));
    client.write(switchingHead(headers));
    this.#watch(client, upstream, 'client');
    this.#watch(upstream, client, 'upstream');
    this.#heardAtMs = clock.now();
    this.#waitForSilence(this.#options.idleMs);
    // What came too early with the heads.
    if (head.length) down.take(head);
    if (early.length) up.take(early);
    up.open();
    down.open();
    onClosing(() => this.#closing());
    // While somebody still looked at the answer.
    if (!upstream.destroyed) return;
    this.#endedBy ??= 'upstream';
    this.#cut();
  }

  /** What ends one end, ends the other one. */
  #watch(from: Upgraded['socket'], to: Upgraded['socket'], name: 'client' | 'upstream'): void {
    const cut = (): void => {
      this.#endedBy ??= name;
      this.#cut();
    };
    from.on('error', cut);
    from.on('end', () => {
      this.#endedBy ??= name;
      to.end();
      this.#linger();
    });
    from.on('close', () => {
      if (!from.readableEnded) cut();
      if (to.closed) this.#over();
    });
  }

  #cut(): void {
    this.#client?.destroy();
    this.#upstream.socket.destroy();
  }

  /** A connection that has ended on one side only is not told when the other one breaks. */
  #linger(): void {
    this.#cancelTimer();
    this.#cancelTimer = this.#options.clock.setTimer(() => this.#cut(), LINGER_MS, LATE);
  }

  #waitForSilence(afterMs: number): void {
    const { clock, idleMs } = this.#options;
    const look = (): void => {
      const leftMs = this.#heardAtMs + idleMs - clock.now();
      if (leftMs > 0) return this.#waitForSilence(leftMs);
      this.#endedBy ??= 'idle';
      this.#leave(GOING_AWAY);
    };
    this.#cancelTimer = clock.setTimer(look, afterMs, LATE);
  }

  #closing(): void {
    if (this.#endedBy) return;
    const { clock, random } = this.#options;
    this.#endedBy = 'closing';
    this.#cancelTimer();
    this.#cancelTimer = clock.setTimer(
      () => this.#leave(SERVICE_RESTART),
      random() * MOST_JITTER_MS,
      LATE,
    );
  }

  /** Tells the client of a WebSocket why it ends. Its answer reaches the upstream, whose answer ends all. */
  #leave(code: number): void {
    this.#linger();
    if (this.#down?.endWith(closeFrame(code))) return;
    this.#client?.end();
    this.#upstream.socket.end();
  }

  #over(): void {
    this.#cancelTimer();
    this.#resolve({
      fromClientBytes: this.#up?.bytes ?? 0,
      toClientBytes: this.#down?.bytes ?? 0,
      endedBy: this.#endedBy ?? 'upstream',
    });
  }
}

function switchingHead(headers: readonly string[]): string {
  let text = 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\n';
  for (let at = 0; at + 1 < headers.length; at += 2) {
    text += `${headers[at] as string}: ${headers[at + 1] as string}\r\n`;
  }
  return `${text}\r\n`;
}
