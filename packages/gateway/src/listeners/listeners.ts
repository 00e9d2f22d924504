/** Listeners: where clients come in, and how another config takes the place of the one that holds. */
import type { CancelTimer } from '@interpose/kernel';
import { InvalidConfigError, messageOf, StartFailedError } from '../errors.ts';
import type { GatewayConfig } from '../gateway-config.ts';
import { Door, type ListenAddress } from './door.ts';
import { type ConnectionOptions, Front, type FrontServices, keyOf } from './front.ts';
import { type ListenerConfig, placeOf } from './listener-config.ts';

/** How listeners are made. */
export interface ListenerOptions extends FrontServices {
  readonly connections: ConnectionOptions | undefined;
}

/** Listeners that are ready and not in use yet: one of the two has to be said. */
export interface PreparedListeners {
  /** Puts them in place. Those that are gone, and those that serve in another way now, let their requests end. */
  commit(): void;
  /** Lets go of them; nothing has changed. */
  discard(): Promise<void>;
}

/** What is on the disk is looked at this often. */
const RENEW_EVERY_MS = 5000;
/** How long requests may take whose listener is gone, if the config does not say. */
const GRACE_MS = 30_000;

/** Where clients come in. */
export class Listeners {
  readonly #options: ListenerOptions;
  #doors: ReadonlyMap<string, Door> = new Map();
  /** Fronts in the place of which others serve, and doors that are gone. */
  readonly #leaving = new Set<Front>();
  readonly #retiring = new Set<Promise<void>>();
  #isClosing = false;
  #cancelRenewal: CancelTimer | undefined;

  constructor(options: ListenerOptions) {
    this.#options = options;
  }

  /** Where it listens; nothing until it does. */
  get addresses(): readonly ListenAddress[] {
    return [...this.#doors.values()].flatMap(({ address }) => address ?? []);
  }

  /**
   * Opens what the config has and what is not open yet. Nothing that is in use is touched.
   *
   * @throws ListenFailedError, CertificateFailedError, or StartFailedError for several of them; then everything is as it was
   */
  async prepare(config: GatewayConfig): Promise<PreparedListeners> {
    const prepared = new Preparation(this.#doors, this.#options);
    await prepared.make(config);
    return {
      commit: () => {
        // Of a gateway that has been closed meanwhile nothing may be open.
        if (this.#isClosing) return void prepared.discard();
        this.#take(prepared, config.shutdown?.graceMs ?? GRACE_MS);
      },
      discard: () => prepared.discard(),
    };
  }

  /** Reads all certificates again; those that cannot be used are told of, and the old ones stay. */
  async renewCertificates(): Promise<void> {
    await Promise.all(this.#fronts().map((front) => front.renew()));
  }

  /** Takes no more connections and lets requests under way end. Tells how many connections had to be cut; told again, it can only become shorter. */
  async close({ graceMs }: { readonly graceMs: number }): Promise<number> {
    this.#isClosing = true;
    this.#cancelRenewal?.();
    const ports = [...this.#doors.values()].map((door) => door.close());
    const cut = await Promise.all(this.#fronts().map((front) => front.close(graceMs)));
    await Promise.all([...ports, ...this.#retiring]);
    return cut.reduce((sum, one) => sum + one, 0);
  }

  #fronts(): readonly Front[] {
    return [...[...this.#doors.values()].flatMap(({ front }) => front ?? []), ...this.#leaving];
  }

  #take({ doors, fronts }: Preparation, graceMs: number): void {
    const gone = [...this.#doors.values()].filter((door) => !new Set(doors.values()).has(door));
    this.#doors = doors;
    for (const [door, front] of fronts) this.#retire(door.serve(front), undefined, graceMs);
    for (const door of gone) this.#retire(door.front, door, graceMs);
    this.#renewLater();
  }

  #retire(front: Front | undefined, door: Door | undefined, graceMs: number): void {
    if (!front) return;
    this.#leaving.add(front);
    const { logger } = this.#options;
    const leaving = Promise.all([front.close(graceMs), door?.close()])
      .then(([cut]) => {
        if (cut > 0) logger.warn({ message: `Cut ${cut} connections of ${front.place}` });
      })
      .finally(() => {
        this.#leaving.delete(front);
        this.#retiring.delete(leaving);
      });
    this.#retiring.add(leaving);
  }

  #renewLater(): void {
    this.#cancelRenewal?.();
    this.#cancelRenewal = undefined;
    if (!this.#fronts().some(({ secure }) => secure)) return;
    const again = (): void => {
      void this.renewCertificates().finally(() => {
        if (!this.#isClosing) this.#renewLater();
      });
    };
    this.#cancelRenewal = this.#options.clock.setTimer(again, RENEW_EVERY_MS, { keepAlive: false });
  }
}

/** What becomes of a config as long as it is not in use. */
class Preparation {
  readonly #before: ReadonlyMap<string, Door>;
  readonly #options: ListenerOptions;
  readonly doors = new Map<string, Door>();
  /** Who is to serve, where that changes. */
  readonly fronts = new Map<Door, Front>();
  readonly #opened: Door[] = [];

  constructor(before: ReadonlyMap<string, Door>, options: ListenerOptions) {
    this.#before = before;
    this.#options = options;
  }

  async make({ listen, listeners = [listen], connections }: GatewayConfig): Promise<void> {
    const limits = { ...this.#options.connections, ...connections };
    const faults: unknown[] = [];
    for (const listener of listeners) {
      await this.#prepare(listener, limits).catch((error: unknown) => void faults.push(error));
    }
    if (faults.length === 0) return;
    await this.discard();
    throw faults.length === 1 ? faults[0] : new StartFailedError(faults.map(asError));
  }

  async discard(): Promise<void> {
    await Promise.all([...this.fronts.values()].map((front) => front.close(0)));
    await Promise.all(this.#opened.map((door) => door.close()));
  }

  async #prepare(listener: ListenerConfig, connections: ConnectionOptions): Promise<void> {
    const place = this.#freePlace(placeOf(listener));
    if (this.doors.has(place)) throw new InvalidConfigError(`Two listeners listen on ${place}`);
    const earlier = this.#before.get(place);
    const door = earlier ?? new Door();
    this.doors.set(place, door);
    if (earlier?.front?.key === keyOf(listener, connections)) return earlier.front.renew();
    this.fronts.set(door, await Front.make(listener, connections, this.#options));
    if (earlier) return;
    await door.open(listener);
    this.#opened.push(door);
  }

  /** Any free port is another one for each who asks. */
  #freePlace(place: string): string {
    if (!place.endsWith(':0')) return place;
    let at = 0;
    while (this.doors.has(`${place}#${at}`)) at++;
    return `${place}#${at}`;
  }
}

function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(messageOf(thrown));
}
