/** A FastApi with the whole stack in a process of its own, whose memory is measured; made and driven by `loaded.ts`. */
import { createFastApi } from '@interpose/http/fast-api';

/** What the server tells when it is asked. */
export interface Loaded {
  /** Bytes, after the garbage was collected. */
  readonly rssBytes: number;
  readonly heapBytes: number;
  readonly connections: number;
  readonly inFlight: number;
  readonly requests: number;
  readonly clientsLeft: number;
  /** Events that are kept. */
  readonly events: number;
}

/** What the server can be told. */
export type Command = 'measure' | 'count' | 'release' | 'close';

const SMALL_BYTES = 100 * 1024;
const PIECE = new Uint8Array(16 * 1024).fill(0x78);

const api = createFastApi({
  enableCors: true,
  enableApiKey: true,
  cors: { origins: ['https://app.example'], credentials: true },
  environment: {
    FAST_API__AUTH__API_KEY__NAME: 'X-API-Key',
    FAST_API__AUTH__API_KEY__VALUE: 'a key for the load',
  },
  onWarning: () => {},
}).setup();

let held: (() => void)[] = [];
api.app
  .get('/items/:id', (ctx) => ({ id: ctx.params.id, requestId: ctx.requestId }))
  .get('/held/:id', async (ctx) => {
    await new Promise<void>((resolve) => held.push(resolve));
    return { id: ctx.params.id, requestId: ctx.requestId };
  })
  .post('/sum', async (ctx) => {
    const numbers = (await ctx.body.json()) as number[];
    return { sum: numbers.reduce((sum, one) => sum + one, 0) };
  })
  .get('/large', async function* () {
    for (let at = 0; at < 1024; at++) yield PIECE;
  })
  .get('/fails', () => {
    throw new Error('as it is meant to');
  });

const server = await api.serve({ maxRequestsPerConnection: 1_000_000 });

async function measure(): Promise<Loaded> {
  // Some memory is let go only turns after what held it; so again, until there is nothing more to be had.
  let before = Infinity;
  for (let time = 0; time < 20; time++) {
    globalThis.gc?.();
    await new Promise<void>((resolve) => setTimeout(resolve, 5));
    const now = process.memoryUsage().heapUsed;
    if (now > before - SMALL_BYTES) break;
    before = now;
  }
  return count();
}

function count(): Loaded {
  const { rss, heapUsed } = process.memoryUsage();
  const { connections, inFlight, requests, clientsLeft } = server.server.stats();
  return {
    rssBytes: rss,
    heapBytes: heapUsed,
    connections,
    inFlight,
    requests,
    clientsLeft,
    events: api.events.requestsOrder.length,
  };
}

process.on('message', (command: Command) => {
  if (command === 'measure') return void measure().then((loaded) => process.send?.(loaded));
  if (command === 'release') {
    for (const release of held.splice(0)) release();
    held = [];
  }
  if (command !== 'close') return void process.send?.(count());
  void server
    .close({ graceMs: 0 })
    .then(measure)
    .then((loaded) => {
      process.send?.(loaded);
      process.disconnect();
    });
});

process.send?.(server.port);
