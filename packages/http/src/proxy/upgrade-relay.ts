/** Lets two ends speak another protocol than HTTP with each other, once both have agreed to it. */
import type { Clock } from '@interpose/kernel/clock';
import type { Upgraded } from '@interpose/wire';
import type { HttpContext } from '../context/context.ts';
import { Takeover, type TakeoverTold } from '../context/takeover.ts';
import type { UpstreamAnswer } from './upstream-call.ts';

type Socket = Upgraded['socket'];

/** How long the other end may still speak when one has said all: in the protocols that come this way that is nothing, or its own goodbye. */
const LINGER_MS = 2000;

/** Takes the client's connection for a connection to an upstream that speaks the other protocol already. */
export class UpgradeRelay extends Takeover {
  readonly #upstream: NonNullable<UpstreamAnswer['switched']>;
  readonly #clock: Clock;
  #isTaken = false;

  constructor(
    upstream: NonNullable<UpstreamAnswer['switched']>,
    { ctx, clock }: { readonly ctx: HttpContext; readonly clock: Clock },
  ) {
    super((client, told) => this.#relay(client, told));
    this.#upstream = upstream;
    this.#clock = clock;
    // Whoever takes the connection does so in the same turn in which the exchange is settled.
    ctx.onSettled(() => queueMicrotask(() => this.#drop()));
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

  #relay({ socket: client, head: early, onClosing }: Upgraded, { headers }: TakeoverTold): void {
    this.#isTaken = true;
    const { socket: upstream, head } = this.#upstream;
    let text = 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\n';
    for (let at = 0; at + 1 < headers.length; at += 2) {
      text += `${headers[at] as string}: ${headers[at + 1] as string}\r\n`;
    }
    client.write(`${text}\r\n`);
    if (head.length) client.write(head);
    if (early.length) upstream.write(early);
    join(client, upstream, this.#clock);
    onClosing(() => {
      client.end();
      upstream.end();
    });
  }
}

/** What comes from one goes to the other, at its pace; what ends one ends the other. */
function join(one: Socket, other: Socket, clock: Clock): void {
  let cancel: (() => void) | undefined;
  const cut = (): void => {
    cancel?.();
    one.destroy();
    other.destroy();
  };
  // A connection that has ended on one side only is not told when the other one breaks.
  const linger = (): void => {
    cancel ??= clock.setTimer(cut, LINGER_MS, { keepAlive: false });
  };
  for (const [from, to] of [
    [one, other],
    [other, one],
  ] as const) {
    from.on('error', cut);
    from.on('end', linger);
    // What it has said is with the other one when it has ended properly.
    from.on('close', () => (from.readableEnded ? to.end() : cut()));
    to.on('finish', linger);
    from.pipe(to);
  }
  const done = (): void => {
    if (one.closed && other.closed) cancel?.();
  };
  one.on('close', done);
  other.on('close', done);
}
