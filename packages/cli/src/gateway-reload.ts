/** Keeps a running gateway at what its config file says: reads it again when it changes and when a signal asks for it. */
import {
  configDiff,
  formatProblem,
  type Gateway,
  type GatewayConfig,
  type GatewayObserver,
  standardPlugins,
} from '@interpose/gateway';
import type { CommandIo } from './command-io.ts';
import { readConfigFile, readText } from './config-file.ts';
import { diffText } from './diff-text.ts';
import { failureLines } from './errors.ts';
import { type FirstConfig, keepGood } from './last-good.ts';

/** How long a file has to stay the same before it is taken to be whole. */
const SETTLED_MS = 100;

/** How a gateway is kept current. */
export interface ReloadOptions {
  /** Whether changes of the file are noticed. @default true */
  readonly watch?: boolean;
  /** The file in which the text of every config that was taken is kept. */
  readonly keepLastGood?: string;
}

/** What a running gateway needs to be kept current. */
export interface Reloading {
  /** Says what has changed, whoever has changed it. */
  readonly observer: GatewayObserver;
  /** Begins to look after the file. */
  readonly begin: (gateway: Gateway) => void;
  /** Stops looking. A reload that is under way is the gateway's to end. */
  readonly end: () => void;
}

/** Keeps a gateway, which begins with this config, at what this file says. */
export function keepCurrent(
  file: string,
  { first, options }: { readonly first: FirstConfig; readonly options: ReloadOptions },
  io: CommandIo,
): Reloading {
  return new FileReloading(file, { first, options, io });
}

interface Beginning {
  readonly first: FirstConfig;
  readonly options: ReloadOptions;
  readonly io: CommandIo;
}

/** Stands for the text of a file that cannot be read. */
const UNREADABLE = Symbol('unreadable');

class FileReloading implements Reloading {
  readonly observer: GatewayObserver = { reloaded: (config) => this.#tell(config) };
  readonly #file: string;
  readonly #io: CommandIo;
  readonly #options: ReloadOptions;
  readonly #endings: (() => void)[] = [];
  /** The text that was read last, whether it could be used or not. */
  #text: string | typeof UNREADABLE;
  #config: GatewayConfig;
  #isKept: boolean;
  #loading: Promise<void> = Promise.resolve();
  #cancel: () => void = () => {};
  #ended = false;

  constructor(file: string, { first, options, io }: Beginning) {
    this.#file = file;
    this.#io = io;
    this.#options = options;
    this.#text = first.text ?? UNREADABLE;
    this.#config = first.config;
    this.#isKept = first.isLastGood;
  }

  begin(gateway: Gateway): void {
    const { onReloadSignal, watchFile } = this.#io;
    const asked = (): void => this.#enqueue(() => this.#load(gateway));
    if (onReloadSignal) this.#endings.push(onReloadSignal(asked));
    if (watchFile && this.#options.watch !== false) {
      this.#endings.push(watchFile(this.#file, () => this.#settle(gateway, undefined)));
    }
    if (this.#options.watch !== false) {
      // What has changed since it was read, before anybody watched.
      this.#settle(gateway, undefined);
    }
    if (!this.#isKept) this.#enqueue(() => this.#keep());
  }

  end(): void {
    this.#ended = true;
    this.#cancel();
    for (const end of this.#endings.splice(0)) end();
  }

  /** Waits until the file has had the same text twice: who writes it may not be done, and who replaces it may have it away. */
  #settle(gateway: Gateway, before: string | symbol | undefined): void {
    this.#cancel();
    this.#cancel = this.#io.clock.setTimer(() => {
      this.#enqueue(async () => {
        const text = await readText(this.#file, this.#io).catch(() => UNREADABLE);
        if (text === this.#text || this.#ended) return;
        if (text === before) await this.#load(gateway);
        else this.#settle(gateway, text);
      });
    }, SETTLED_MS);
  }

  #enqueue(run: () => Promise<void>): void {
    this.#loading = this.#loading.then(async () => {
      if (this.#ended) return;
      await run().catch((error: unknown) => this.#refuse(error));
    });
  }

  async #load(gateway: Gateway): Promise<void> {
    this.#text = UNREADABLE;
    const { config, problems, text } = await readConfigFile(this.#file, this.#io);
    this.#text = text;
    for (const problem of problems) this.#io.err(`${formatProblem(problem)}\n`);
    if (config === undefined) {
      const errors = problems.filter(({ severity }) => severity === 'error').length;
      this.#io.err(
        `${this.#file}: not reloaded (${errors} error${errors === 1 ? '' : 's'}); the config before it stays\n`,
      );
      return;
    }
    if (this.#ended) return;
    await gateway.reload(config);
    await this.#keep();
  }

  async #keep(): Promise<void> {
    const { keepLastGood } = this.#options;
    if (keepLastGood === undefined || typeof this.#text !== 'string') return;
    await keepGood(keepLastGood, this.#text, this.#io);
  }

  #refuse(error: unknown): void {
    for (const line of failureLines(error)) this.#io.err(`interpose: ${line}\n`);
    this.#io.err(`${this.#file}: not reloaded; the config before it stays\n`);
  }

  #tell(config: GatewayConfig): void {
    const before = this.#config;
    this.#config = config;
    this.#io.err(`reloaded: ${diffText(configDiff(before, config, standardPlugins))}`);
  }
}
