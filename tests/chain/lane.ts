/** One lane of the chain: client, proxy, tap, origin, recorder; sends inputs down it and gathers what was seen. */
import { setTimeout as sleep } from 'node:timers/promises';
import { type Client, openClient } from './client.ts';
import type { Logged, Observation, Recorded } from './observed.ts';
import { startOrigin } from './origin-process.ts';
import type { Origin } from './origins.ts';
import { startProxy } from './proxy.ts';
import { startRecorder } from './recorder.ts';
import { type Seen, startTap, type Tamper } from './tap.ts';

const PATIENCE_MS = 2_000;

/**
 * How an input is sent: all at once with what follows behind it, the same with the end of the client's side at once, or in turns, with so
 * many answers before what follows is sent.
 */
export type Manner = 'at once' | 'at once with an end' | { readonly answers: number };

/** What is sent. */
export interface Input {
  readonly bytes: string;
  readonly manner: Manner;
  /** Whether a well-known request follows on the same connection. */
  readonly followed: boolean;
}

/** A chain with one origin. */
export interface Lane {
  readonly origin: Origin;
  send(input: Input): Promise<Observation>;
  close(): Promise<void>;
}

/** The target of the request that follows an input on its connection. */
export const FOLLOWER = '/follower';
/** The target of the request that is sent on another connection afterwards. */
export const NEIGHBOUR = '/neighbour';

const REST = ' HTTP/1.1\r\nHost: sentinel\r\nX-Sentinel: yes\r\n';
/** The request that follows an input. */
export const FOLLOWING: string = `GET ${FOLLOWER}${REST}Connection: close\r\n\r\n`;
/** How long a client waits for more before it ends its side. */
const QUIET_MS = 60;

interface Gathered extends Seen {
  readonly recorded: readonly Recorded[];
  readonly logged: readonly Logged[];
}

/** Starts everything that one origin needs. */
export async function openLane(origin: Origin, command: string, tamper?: Tamper): Promise<Lane> {
  const recorder = await startRecorder();
  const process = await startOrigin(origin, command, recorder.port);
  const tap = await startTap(process.port, tamper);
  const proxy = await startProxy(tap.port, origin.name);
  recorder.take();
  let neighbour = await openClient(proxy.port);

  /** Requests that an origin may log later than anyone waits for it: those that it did not hand on. */
  const owed = new Set<string>();
  const takeLog = (): readonly Logged[] => process.takeLog().filter(({ id }) => !owed.delete(id));

  /** Waits until nothing is under way any more. */
  const gather = async (): Promise<Gathered> => {
    const seen = [tap.take()];
    const { recorded, faults } = recorder.take();
    const logged = [...takeLog()];
    const isLogged = ({ id }: { readonly id: string }): boolean =>
      logged.some((line) => line.id === id);
    const until = Date.now() + PATIENCE_MS;
    while (!(seen.at(-1)?.undecided === 0 && recorded.every(isLogged)) && Date.now() < until) {
      await sleep(1);
      seen.push(tap.take());
      logged.push(...takeLog());
    }
    const forwarded = seen.flatMap((one) => one.forwarded);
    const broken = seen.flatMap((one) => one.broken);
    for (const request of [...forwarded, ...broken]) if (!isLogged(request)) owed.add(request.id);
    return {
      forwarded,
      broken,
      faults: [...seen.flatMap((one) => one.faults), ...faults],
      undecided: seen.at(-1)?.undecided ?? 0,
      recorded,
      logged,
    };
  };

  return {
    origin,
    async send({ bytes, manner, followed }) {
      const client = await openClient(proxy.port);
      const follower = followed ? FOLLOWING : '';
      if (typeof manner === 'string') client.write(bytes + follower);
      else await takeTurns(client, bytes, { follower, answers: manner.answers });
      if (manner !== 'at once with an end' && followed) await client.untilQuiet(QUIET_MS);
      client.finish();
      await client.until(Infinity);

      if (neighbour.closed) neighbour = await openClient(proxy.port);
      const before = neighbour.answers.length;
      neighbour.write(`GET ${NEIGHBOUR}${REST}\r\n`);
      await neighbour.until(before + 1);
      const { closed, answers } = client;
      client.destroy();
      const { undecided, faults, ...seen } = await gather();
      const open = undecided ? ['the proxy left part of a request standing'] : [];
      return {
        ...seen,
        answers,
        closed,
        side: neighbour.answers[before],
        faults: [...client.faults, ...neighbour.faults.splice(0), ...faults, ...open],
      };
    },
    async close() {
      neighbour.destroy();
      await proxy.close();
      await tap.close();
      await process.stop();
      await recorder.close();
    },
  };
}

/** Writes the bytes in two parts, waits for the answers, then the follower. */
async function takeTurns(
  client: Client,
  bytes: string,
  { follower, answers }: { readonly follower: string; readonly answers: number },
): Promise<void> {
  const half = Math.ceil(bytes.length / 2);
  client.write(bytes.slice(0, half));
  await sleep(0);
  client.write(bytes.slice(half));
  await client.until(answers);
  if (!follower || client.closed) return;
  client.write(follower);
  await client.until(answers + 1);
}
