/** The command's world when it is run from a shell. */
import { closeSync, openSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { setFlagsFromString } from 'node:v8';
import { systemClock } from '@interpose/kernel/clock';
import type { CommandIo, StopSignal } from './command-io.ts';
import { watchFile } from './watch-file.ts';
import { writeWhole } from './write-whole.ts';

const STOP_SIGNALS: readonly StopSignal[] = ['SIGINT', 'SIGTERM'];

/** Standard output and error, the process's environment, files and signals. */
export function systemIo(): CommandIo {
  return {
    // From the first requests, most of which are still under way at each of the many early collections, V8 would conclude for good that
    // what requests allocate lives long, and put it where only full collections find it. With 1,000 routes that cost a fifth of all time.
    expectShortLives: () => setFlagsFromString('--no-allocation-site-pretenuring'),
    out: (text) => void process.stdout.write(text),
    err: (text) => void process.stderr.write(text),
    environment: process.env,
    readFile: (path) => readFile(path),
    onStopSignal(listener) {
      const hungUp = (): void => {
        if (isTerminalGone()) listener('SIGTERM');
      };
      for (const signal of STOP_SIGNALS) process.on(signal, listener);
      process.on('SIGHUP', hungUp);
      return () => {
        for (const signal of STOP_SIGNALS) process.off(signal, listener);
        process.off('SIGHUP', hungUp);
      };
    },
    onReopenSignal(listener) {
      process.on('SIGUSR1', listener);
      return () => void process.off('SIGUSR1', listener);
    },
    onReloadSignal(listener) {
      const asked = (): void => {
        if (!isTerminalGone()) listener();
      };
      process.on('SIGHUP', asked);
      return () => void process.off('SIGHUP', asked);
    },
    watchFile: (path, listener) => watchFile(path, systemClock, listener),
    writeFile: writeWhole,
    clock: systemClock,
  };
}

/** A terminal that is closed sends the signal that asks others to read their files again. */
function isTerminalGone(): boolean {
  if (process.platform === 'win32') return true;
  if (!process.stdin.isTTY) return false;
  try {
    closeSync(openSync('/dev/tty', 'r'));
    return false;
  } catch {
    return true;
  }
}
