/** Chaos: servers that die, clients that leave, a config that changes all the while, and every request ends once and rightly. */
import { Agent } from 'node:http';
import type { GatewayConfig, GatewayContext, RouteConfig } from '@interpose/gateway';
import { systemClock } from '@interpose/kernel/clock';
import { type FakeClock, fakeClock } from '@interpose/testing';
import { expect, onTestFinished, test } from 'vitest';
import { ALL_FATES, type ChaosEnd, type ChaosRequest, sendChaos } from './chaos-client.ts';
import { type ChaosUpstream, FATES, startChaos } from './chaos-upstream.ts';
import { type Front, startFront } from './loopback.ts';
import { pick, seededRandom } from './random.ts';

/** How long, and with which chance: `CHAOS_SECONDS=600 CHAOS_SEED=7 npx vitest run tests/gateway-chaos`. */
const SECONDS = Number(process.env['CHAOS_SECONDS'] ?? 10);
const SEED = Number(process.env['CHAOS_SEED'] ?? 20_260_101);
/** Requests under way at once. */
const CLIENTS = 24;
/** What a turn of the event loop takes. Time that has passed for the machine, but not for us, can then be too late for nobody. */
const TURN_MS = 0.1;
/** A config holds for so many turns. */
const RELOAD_TURNS = 150;
const REPEATABLE = new Set(['GET', 'HEAD', 'PUT', 'DELETE', 'OPTIONS']);

/** One of the configs that take turns: names, times and plugins change, where requests go does not. */
function configAt(round: number, upstream: ChaosUpstream): Omit<GatewayConfig, 'listen'> {
  const name = round % 3 === 0 ? 'main' : `other-${round}`;
  const route: RouteConfig = {
    name: `route-${round % 5}`,
    path: '/chaos/*',
    upstream: name,
    plugins: round % 2 ? [{ name: 'request-id', options: {}, priority: (round % 7) + 1 }] : [],
  };
  return {
    upstreams: {
      [name]: {
        url: upstream.url,
        firstByteTimeoutMs: 250 + (round % 3),
        idleTimeoutMs: 300,
        pool: { queueTimeoutMs: 60_000 },
      },
    },
    plugins: round % 4 === 1 ? [{ name: 'secure-headers', options: {} }] : [],
    routes: [route],
  };
}

function requestAt(id: string, random: () => number): ChaosRequest {
  const method = pick(random, ['GET', 'GET', 'POST', 'POST', 'PUT', 'PATCH', 'DELETE']);
  const hasBody = method === 'POST' || method === 'PUT' || method === 'PATCH';
  return {
    id,
    method,
    fate: pick(random, ALL_FATES),
    bodyBytes: hasBody ? pick(random, [0, 1, 1000, 100_000]) : 0,
    isChunked: random() < 0.5,
    leavesAfter: random() < 0.1 ? Math.floor(random() * 30) : undefined,
  };
}

/** What is wrong with how a request ended, if anything. */
function faultOf(asked: ChaosRequest, { end, text }: ChaosEnd, times: number): string | undefined {
  const { id, method, fate, bodyBytes, leavesAfter } = asked;
  if (times > (REPEATABLE.has(method) && bodyBytes === 0 ? 2 : 1) && !isReplayed(asked)) {
    return `was sent ${times} times`;
  }
  if (end === 'left' && leavesAfter !== undefined) return undefined;
  if (!(FATES[fate] as readonly unknown[]).includes(end)) return `ended with ${end}`;
  if (end !== 200) return undefined;
  const said = JSON.parse(text) as { id: string; bytes: number };
  if (said.id !== id || said.bytes !== bodyBytes) return `got the answer ${text}`;
  return times === 0 ? 'was answered by nobody' : undefined;
}

/** A body that was kept may be sent once more as well, where the method allows it. */
const isReplayed = ({ method, bodyBytes }: ChaosRequest): boolean =>
  REPEATABLE.has(method) && bodyBytes <= 65_536;

async function runChaos(front: Front, upstream: ChaosUpstream): Promise<readonly string[]> {
  const random = seededRandom(SEED);
  const agent = new Agent({ keepAlive: true, maxSockets: CLIENTS });
  const untilMs = systemClock.now() + SECONDS * 1000;
  const faults: string[] = [];
  let count = 0;
  const client = async (): Promise<void> => {
    while (systemClock.now() < untilMs) {
      const asked = requestAt(`r${count++}`, random);
      const ended = await sendChaos(front.port, asked, agent);
      const fault = faultOf(asked, ended, upstream.seen.get(asked.id) ?? 0);
      if (fault) faults.push(`${JSON.stringify(asked)} ${fault}`);
    }
  };
  let round = 0;
  const reload = async (): Promise<void> => {
    while (systemClock.now() < untilMs) {
      const { listen } = front.gateway.config;
      await front.gateway.reload({ listen, ...configAt(++round, upstream) });
      for (let turn = 0; turn < RELOAD_TURNS; turn++) await new Promise(setImmediate);
    }
  };
  await Promise.all([reload(), ...Array.from({ length: CLIENTS }, client)]);
  agent.destroy();
  expect(round).toBeGreaterThan(SECONDS);
  expect(count).toBeGreaterThan(SECONDS * 20);
  return faults;
}

/** Moves time on with the event loop, until it is told to stop. */
function tick(clock: FakeClock): () => void {
  let isOver = false;
  const turn = (): void => {
    if (isOver) return;
    clock.advanceSync(TURN_MS);
    setImmediate(turn);
  };
  turn();
  onTestFinished(() => void (isOver = true));
  return () => void (isOver = true);
}

test(
  `${SECONDS} s of chaos: every request ends once and rightly, and none is lost or doubled`,
  { timeout: SECONDS * 1000 + 60_000 },
  async () => {
    const upstream = await startChaos();
    const logged = new Map<string, number>();
    const clock = fakeClock();
    const stop = tick(clock);
    const front = await startFront(configAt(0, upstream), { clock });
    const note = ({ search }: GatewayContext): void => {
      const id = search.slice('?id='.length);
      logged.set(id, (logged.get(id) ?? 0) + 1);
    };
    front.gateway.registry.add({ log: { handle: note } }, { name: 'note' });
    onTestFinished(({ task }) => {
      if (task.result?.state === 'fail') process.stdout.write(`CHAOS_SEED=${SEED}\n`);
    });
    expect((await runChaos(front, upstream)).slice(0, 10)).toEqual([]);
    expect(await front.gateway.close({ graceMs: 5000 })).toBe(0);
    const notOnce = [...upstream.seen.keys()].filter((id) => logged.get(id) !== 1);
    expect(notOnce).toEqual([]);
    expect([...logged.values()].filter((times) => times !== 1)).toEqual([]);
    // Nothing is left of all the configs that there were.
    while (upstream.sockets.size) await new Promise(setImmediate);
    expect(upstream.sockets.size).toBe(0);
    stop();
  },
);
