/** Outbox: what is on its way to a client, and whether the client takes it. */
import type { Clock } from '@interpose/kernel';
import type { Upgraded } from '@interpose/wire';
import type { WebSocket } from 'ws';
import { Alarm } from '../alarm.ts';
import type { Message } from './inbox.ts';

/** How long a client may take. */
export interface OutboxOptions {
  readonly clock: Clock;
  /** What the WebSocket is written to. */
  readonly socket: Upgraded['socket'];
  /** How long a client may take nothing of what waits for it. */
  readonly writeTimeoutMs: number;
  /** The client takes nothing. */
  readonly stalled: () => void;
}

/** What is on its way to a client. */
export class Outbox {
  readonly #ws: WebSocket;
  readonly #socket: Upgraded['socket'];
  readonly #alarm: Alarm;
  #underWay = 0;

  constructor(ws: WebSocket, { clock, socket, writeTimeoutMs, stalled }: OutboxOptions) {
    this.#ws = ws;
    this.#socket = socket;
    this.#alarm = new Alarm({ clock, afterMs: writeTimeoutMs, run: stalled });
  }

  /** How many bytes wait to be taken. */
  get bytes(): number {
    return this.#ws.bufferedAmount;
  }

  /** Tells whether it is with the system; `false` if the connection ended before. */
  send(message: Message): Promise<boolean> {
    return new Promise((resolve) => {
      const taken = this.#begin(resolve);
      this.#ws.send(message, taken);
    });
  }

  /** Asks whether the client is there. */
  ping(sent: () => void): void {
    this.#ws.ping(
      undefined,
      undefined,
      this.#begin((isSent) => {
        if (isSent) sent();
      }),
    );
  }

  /** Watches no longer. */
  stop(): void {
    this.#alarm.stop();
  }

  #begin(done: (isTaken: boolean) => void): (error?: Error | null) => void {
    if (this.#underWay++ === 0) this.#alarm.touch();
    return (error) => {
      if (--this.#underWay === 0) this.#alarm.stop();
      else if (!error) this.#alarm.touch();
      // What was under way when a socket is destroyed is reported as if it had been taken.
      done(!error && !this.#socket.destroyed);
    };
  }
}
