/** A server in a process of its own, whose memory is measured; made and driven by `measured.ts`. */
import { createServer as createListener, type Socket } from 'node:net';
import {
  type Clock,
  createServer,
  type Exchange,
  type ServerOptions,
  systemClock,
} from '@interpose/wire';

/** What the server tells when it is asked. */
export interface Measured {
  /** Bytes, after the garbage was collected. */
  readonly rssBytes: number;
  readonly heapBytes: number;
  /** Bytes of buffers. */
  readonly externalBytes: number;
  readonly stats: ReturnType<ReturnType<typeof createServer>['stats']>;
  /** Timers of the server that are set. */
  readonly timers: number;
  /** The most listeners that any open socket has, of any kind. */
  readonly mostListeners: number;
}

const SMALL_BYTES = 100 * 1024;
const PIECE_BYTES = 64 * 1024;
const LARGE_BYTES = 10 * 1024 * 1024;

let timers = 0;
const clock: Clock = {
  now: systemClock.now,
  wall: systemClock.wall,
  setTimer(run, afterMs, options) {
    timers++;
    let isSet = true;
    const end = (): void => {
      if (isSet) timers--;
      isSet = false;
    };
    const cancel = systemClock.setTimer(
      () => {
        end();
        run();
      },
      afterMs,
      options,
    );
    return () => {
      end();
      cancel();
    };
  },
};

/** Writes memory of its own for every piece, as whoever reads a file does. */
function sendLarge(exchange: Exchange): void {
  let sent = 0;
  const go = (): void => {
    while (sent < LARGE_BYTES && !exchange.clientLeft) {
      sent += PIECE_BYTES;
      if (!exchange.write(Buffer.alloc(PIECE_BYTES, 'x'))) return exchange.onDrain(go);
    }
    exchange.end();
  };
  exchange.sendHead(200, ['Content-Length', String(LARGE_BYTES)]);
  go();
}

async function count(exchange: Exchange): Promise<void> {
  let size = 0;
  if (exchange.body) for await (const bytes of exchange.body) size += bytes.length;
  exchange.answer(200, ['Content-Type', 'text/plain'], String(size));
}

const options = JSON.parse(process.argv[2] ?? '{}') as ServerOptions;
const server = createServer(
  (exchange) => {
    if (exchange.target === '/large') return sendLarge(exchange);
    if (exchange.target === '/count') return count(exchange);
    if (exchange.target === '/never') return;
    exchange.answer(200, ['Content-Type', 'text/plain'], 'hello');
  },
  { ...options, clock },
);

// The sockets are accepted here, so that their listeners can be counted.
const sockets = new Set<Socket>();
const listener = createListener(
  { allowHalfOpen: true, noDelay: true, highWaterMark: PIECE_BYTES },
  (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    server.take(socket);
  },
);

function listenersOf(socket: Socket): number {
  return socket.eventNames().reduce((sum, name) => sum + socket.listenerCount(name), 0);
}

async function measure(): Promise<Measured> {
  // Some memory is let go only turns after what held it; so again, until there is nothing more to be had.
  let before = Infinity;
  for (let time = 0; time < 20; time++) {
    globalThis.gc?.();
    await new Promise<void>((resolve) => setTimeout(resolve, 5));
    const now = process.memoryUsage().heapUsed;
    if (now > before - SMALL_BYTES) break;
    before = now;
  }
  const { rss, heapUsed, external } = process.memoryUsage();
  return {
    rssBytes: rss,
    heapBytes: heapUsed,
    externalBytes: external,
    stats: server.stats(),
    timers,
    mostListeners: Math.max(0, ...[...sockets].map(listenersOf)),
  };
}

process.on('message', (what: 'measure' | 'close') => {
  if (what === 'measure') void measure().then((measured) => process.send?.(measured));
  else {
    listener.close();
    void server
      .close({ graceMs: 0 })
      .then(measure)
      .then((measured) => {
        process.send?.(measured);
        process.disconnect();
      });
  }
});

listener.listen({ host: '127.0.0.1', port: 0, backlog: 4096 }, () => {
  process.send?.((listener.address() as { readonly port: number }).port);
});
