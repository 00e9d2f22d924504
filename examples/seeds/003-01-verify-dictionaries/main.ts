/** Verifying dictionaries: a gateway starts only if all six that requests share are there, and the log names each that is missing. */
import { pathToFileURL } from 'node:url';
import {
  createGateway,
  type Dictionaries,
  type Logger,
  memoryDictionaries,
  verifyDictionaries,
} from '@interpose/gateway';
import { systemClock } from '@interpose/kernel/clock';

/** All six, but for those that are named. */
export function dictionariesWithout(...names: string[]): Dictionaries {
  const all = Object.entries(memoryDictionaries(systemClock));
  return Object.fromEntries(all.filter(([name]) => !names.includes(name))) as Dictionaries;
}

/** Whether a gateway with these dictionaries can start; the log says why not. */
export function verifySharedDicts(shared: Dictionaries, logger: Logger): boolean {
  return verifyDictionaries(shared, logger);
}

/** With all six, with one missing, and what a gateway says to that. */
export async function main(print: (line: string) => void = console.log): Promise<void> {
  const logger: Logger = {
    info: () => {},
    warn: () => {},
    error: ({ message }) => print(`ERR ${String(message)}`),
  };
  print(`all six: ${verifySharedDicts(dictionariesWithout(), logger)}`);
  const fewer = dictionariesWithout('rate_limit');
  print(`without rate_limit: ${verifySharedDicts(fewer, logger)}`);
  const listen = { host: '127.0.0.1', port: 0 };
  const config = { listen, upstreams: {}, plugins: [], routes: [] };
  const gateway = createGateway(config, { dictionaries: fewer, logger });
  await gateway.listen().catch((error: Error) => print(`the gateway: ${error.message}`));
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await main();
