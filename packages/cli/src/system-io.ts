/** The command's world when it is run from a shell. */
import { readFile } from 'node:fs/promises';
import { systemClock } from '@interpose/kernel/clock';
import type { CommandIo, StopSignal } from './command-io.ts';

const STOP_SIGNALS: readonly StopSignal[] = ['SIGINT', 'SIGTERM'];

/** Standard output and error, the process's environment, files and signals. */
export function systemIo(): CommandIo {
  return {
    out: (text) => void process.stdout.write(text),
    err: (text) => void process.stderr.write(text),
    environment: process.env,
    readFile: (path) => readFile(path),
    onStopSignal(listener) {
      for (const signal of STOP_SIGNALS) process.on(signal, listener);
      return () => {
        for (const signal of STOP_SIGNALS) process.off(signal, listener);
      };
    },
    clock: systemClock,
  };
}
