/** What the contract of exchanges is about: a server with a client, whatever HTTP they speak. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Handler } from '../../src/exchange/exchange.ts';
import type { ServerOptions } from '../../src/server/server.ts';
import type { ContractClient } from '../contract-client.ts';
import type { RunningServer } from '../running-server.ts';

/** A server with a client at it. */
export interface Contracted extends RunningServer {
  readonly client: ContractClient;
}

/** What is examined. */
export interface ContractSubject {
  readonly name: string;
  readonly version: '1.1' | '2.0';
  readonly isSecure: boolean;
  start(handler: Handler, options?: ServerOptions): Promise<Contracted>;
}

/** Starts what is examined. */
export type Start = ContractSubject['start'];

export const PLAIN: readonly string[] = ['Content-Type', 'text/plain'];
export const MEGABYTE: Buffer = Buffer.alloc(1024 * 1024, 'x');

/** Bytes of which no two neighbours are the same. */
export const patterned = (size: number): Uint8Array =>
  Uint8Array.from({ length: size }, (_, at) => at % 251);

/** Waits until a number has long stayed the same. */
export async function stillness(count: () => number): Promise<void> {
  let last = -1;
  for (let turns = 0; turns < 300; turns++) {
    if (count() !== last) turns = 0;
    last = count();
    await nextTurn();
  }
}
