/** Events of a policy: facts that listeners are told at once, and that no listener can change. */
import type { Clock } from '@interpose/kernel';
import { suggestion } from '@interpose/kernel/options';
import { unharmed } from '@interpose/kernel/unharmed';

/** What every event carries. */
export interface PolicyEvent {
  /** The event's name. */
  readonly type: string;
  /** The name of the policy. */
  readonly policy: string;
  /** The clock's `now()`. */
  readonly atMs: number;
}

/** Events by name, with what each carries beside name, policy and time. */
export type EventMap = Readonly<Record<string, object>>;

/** One of the events, as a listener gets it. */
export type EventOf<E extends EventMap, K extends keyof E> = PolicyEvent & {
  readonly type: K;
} & E[K];

/** Is told an event. What it throws is given to `onListenerError` and changes nothing. */
export type Listener<E extends EventMap, K extends keyof E> = (event: EventOf<E, K>) => unknown;

/** Who speaks, by which clock, and who hears of listeners that fail. */
export interface Speaker {
  readonly policy: string;
  readonly clock: Clock;
  readonly onListenerError?: ((error: unknown) => void) | undefined;
}

/** Tells listeners. While nobody listens, an event costs nothing. */
export class Events<E extends EventMap> {
  readonly #speaker: Speaker;
  readonly #hearFailure: ((error: unknown) => void) | undefined;
  readonly #listeners: Map<string, Set<(event: never) => unknown>>;
  #any = 0;

  /** `types` are the names of all events there are. */
  constructor(speaker: Speaker, types: readonly (keyof E & string)[]) {
    this.#speaker = speaker;
    const { onListenerError } = speaker;
    // Whoever hears of a failure may fail as well.
    this.#hearFailure =
      onListenerError && ((error) => unharmed(() => onListenerError(error) as unknown));
    this.#listeners = new Map(['*', ...types].map((type) => [type, new Set()]));
  }

  /** True while anybody listens to anything. */
  get heard(): boolean {
    return this.#any > 0;
  }

  /**
   * Listens to one event, or with `*` to all of them; gives back how to stop.
   *
   * @throws TypeError if there is no such event
   */
  on(type: string, listener: (event: never) => unknown): () => void {
    const listeners = this.#listeners.get(type);
    if (!listeners) {
      throw new TypeError(
        `"${this.#speaker.policy}" has no event "${type}". ${suggestion(type, this.#listeners.keys())}`,
      );
    }
    if (!listeners.has(listener)) {
      listeners.add(listener);
      this.#any++;
    }
    return () => {
      if (listeners.delete(listener)) this.#any--;
    };
  }

  /** Tells everybody who listens. State is changed before, never after. */
  emit<K extends keyof E & string>(type: K, data: E[K]): void {
    if (this.#any === 0) return;
    const { policy, clock } = this.#speaker;
    const event = { ...data, type, policy, atMs: clock.now() };
    for (const name of [type, '*']) {
      for (const listener of this.#listeners.get(name) ?? []) {
        unharmed(() => listener(event as never), this.#hearFailure);
      }
    }
  }
}
