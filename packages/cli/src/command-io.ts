/** What a command has of the world: two places to write to, the environment, files, signals, the time. */
import type { Clock } from '@interpose/kernel';

/** A wish that the command should end. */
export type StopSignal = 'SIGINT' | 'SIGTERM';

/** What a command has of the world. */
export interface CommandIo {
  /** Writes what was asked for. */
  readonly out: (text: string) => void;
  /** Writes what went wrong. */
  readonly err: (text: string) => void;
  /** Where configs look up `${NAME}`. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Gives the bytes of a file. */
  readonly readFile: (path: string) => Promise<Uint8Array>;
  /** Calls the listener at every wish to end, until the function that it returns is called. */
  readonly onStopSignal: (listener: (signal: StopSignal) => void) => () => void;
  /** Calls the listener at every wish that log files be opened anew, until the function that it returns is called. */
  readonly onReopenSignal?: (listener: () => void) => () => void;
  /** Calls the listener at every wish that configs be read again, until the function that it returns is called. */
  readonly onReloadSignal?: (listener: () => void) => () => void;
  /** Calls the listener whenever a file may have another content, until the function that it returns is called. */
  readonly watchFile?: (path: string, listener: () => void) => () => void;
  /** Puts a text into a file that only its owner can read, all of it or nothing. */
  readonly writeFile?: (path: string, text: string) => Promise<void>;
  /** Has the process take it that what it allocates is soon done with, as what a request needs is. */
  readonly expectShortLives?: () => void;
  /** Reads the time. */
  readonly clock: Clock;
  /** Told the address once a command that keeps running has started. */
  readonly ready?: (url: string) => void;
}
