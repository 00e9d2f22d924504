/** `interpose gateway run`: starts a gateway and ends it well. */
import { createGateway, type Gateway, type GatewayConfig, jsonLogger } from '@interpose/gateway';
import type { CommandIo } from './command-io.ts';
import { loadConfig } from './config-file.ts';
import { unlistenable } from './errors.ts';
import { table } from './table.ts';

/** How long requests in flight may take once the gateway is told to stop. */
const GRACE_MS = 30_000;
/** One Ctrl-C under npm arrives twice: from the terminal and from npm. */
const SAME_SIGNAL_MS = 500;

/** Runs a gateway until a signal comes. Gives the exit code. */
export async function runGateway(file: string, io: CommandIo): Promise<number> {
  const config = await loadConfig(file, io);
  const gateway = createGateway(config, {
    clock: io.clock,
    logger: jsonLogger({ write: (line) => io.out(`${line}\n`), clock: io.clock }),
  });
  const stop = stopSignals(io);
  try {
    const { host, port } = await gateway.listen().catch(async (error: unknown) => {
      await gateway.close();
      throw unlistenable(error, { file, ...config.listen });
    });
    const url = `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
    io.err(startText(url, config));
    io.ready?.(url);
    await stop.first;
    io.err('stopping: no new requests; those in flight have 30 s; Ctrl-C again stops at once\n');
    await closed(gateway, stop.second, io);
    io.err('stopped\n');
    return 0;
  } finally {
    stop.forget();
  }
}

/** Closes the gateway. The second signal does not wait for what is still in flight. */
async function closed(gateway: Gateway, second: Promise<void>, io: CommandIo): Promise<void> {
  const drained = gateway.close({ graceMs: GRACE_MS }).then((cut) => {
    if (cut > 0)
      io.err(`interpose: cut ${cut} connection${cut === 1 ? '' : 's'} that did not end in time\n`);
  });
  const atOnce = second.then(() => {
    // The process ends now, whatever becomes of this.
    gateway.close({ graceMs: 0 }).catch(() => {});
    io.err('interpose: requests in flight are cut\n');
  });
  await Promise.race([drained, atOnce]);
}

interface StopSignals {
  readonly first: Promise<void>;
  readonly second: Promise<void>;
  readonly forget: () => void;
}

function stopSignals(io: CommandIo): StopSignals {
  const waiting: (() => void)[] = [];
  const next = (): Promise<void> => new Promise((resolve) => void waiting.push(resolve));
  const [first, second] = [next(), next()];
  let countedAt = -Infinity;
  const forget = io.onStopSignal(() => {
    const now = io.clock.now();
    if (now - countedAt <= SAME_SIGNAL_MS) return;
    countedAt = now;
    waiting.shift()?.();
  });
  return { first, second, forget };
}

function startText(url: string, config: GatewayConfig): string {
  const rows = config.routes.map(({ name, host = '', path, methods, upstream, respond }) => [
    name,
    methods?.join(', ') ?? 'any method',
    host + path,
    respond
      ? `answers ${respond.status}`
      : `${config.upstreams[upstream ?? '']?.url} (${upstream})`,
  ]);
  return `interpose gateway listens on ${url}\n\n${table(['route', 'methods', 'path', 'to'], rows)}\nCtrl-C stops it; requests in flight are finished first.\n\n`;
}
