/** Heartbeat: asks a client that has been silent whether it is there, and tells if it is not. */
import type { Clock } from '@interpose/kernel';
import { Alarm } from '../alarm.ts';

/** When a client is asked, and how. */
export interface HeartbeatOptions {
  readonly clock: Clock;
  /** How long it may be silent before it is asked. 0: it never is. */
  readonly heartbeatMs: number;
  /** How long it has for the answer. */
  readonly pongTimeoutMs: number;
  /** Asks; `sent` is called when the question is with the system. */
  readonly ask: (sent: () => void) => void;
  /** Whether what the client says is read at present; who is not heard cannot be blamed for silence. */
  readonly isHearing: () => boolean;
  /** The client does not answer. */
  readonly lost: () => void;
}

/** Tells whether a client is still there. */
export class Heartbeat {
  readonly #options: HeartbeatOptions;
  readonly #silence: Alarm;
  readonly #answer: Alarm;
  #isAsking = false;

  constructor(options: HeartbeatOptions) {
    const { clock, heartbeatMs, pongTimeoutMs } = options;
    this.#options = options;
    this.#silence = new Alarm({ clock, afterMs: heartbeatMs, run: () => this.#ask() });
    this.#answer = new Alarm({ clock, afterMs: pongTimeoutMs, run: () => this.#due() });
    this.#silence.touch();
  }

  /** Something has come, whatever it is. */
  heard(): void {
    if (this.#isAsking) {
      this.#isAsking = false;
      this.#answer.stop();
    }
    this.#silence.touch();
  }

  /** It does not matter any more. */
  stop(): void {
    this.#isAsking = false;
    this.#silence.stop();
    this.#answer.stop();
  }

  #ask(): void {
    this.#isAsking = true;
    this.#options.ask(() => {
      if (this.#isAsking) this.#answer.touch();
    });
  }

  #due(): void {
    if (this.#options.isHearing()) this.#options.lost();
    else this.heard();
  }
}
