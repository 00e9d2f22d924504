/** `interpose gateway run`: starts a gateway and ends it well. */
import { createGateway, type Gateway, jsonLogger } from '@interpose/gateway';
import type { CommandIo } from './command-io.ts';
import { unlistenable, unopened } from './errors.ts';
import { keepCurrent, type ReloadOptions } from './gateway-reload.ts';
import { firstConfig } from './last-good.ts';
import { stopGateway, stopSignals } from './gateway-stop.ts';
import { table } from './table.ts';

/** Runs a gateway until a signal comes. Gives the exit code. */
export async function runGateway(
  file: string,
  options: ReloadOptions,
  io: CommandIo,
): Promise<number> {
  io.expectShortLives?.();
  const first = await firstConfig(file, options.keepLastGood, io);
  const { config } = first;
  const reloading = keepCurrent(file, { first, options }, io);
  const gateway = createGateway(config, {
    clock: io.clock,
    observers: [reloading.observer],
    logger: jsonLogger({ write: (line) => io.out(`${line}\n`), clock: io.clock }),
  });
  const stop = stopSignals(io);
  const forgetReopening = io.onReopenSignal?.(() => gateway.reopenLogs());
  try {
    const { url } = await gateway.listen().catch(async (error: unknown) => {
      await gateway.close();
      throw config.listeners ? unopened(error) : unlistenable(error, { file, ...config.listen });
    });
    io.err(startText(gateway));
    reloading.begin(gateway);
    io.ready?.(url);
    await stop.first;
    reloading.end();
    await stopGateway(gateway, stop, io);
    return 0;
  } finally {
    reloading.end();
    stop.forget();
    forgetReopening?.();
  }
}

function startText(gateway: Gateway): string {
  const urls = gateway.addresses.map(({ url }) => url).join(', ');
  const rows = gateway
    .explain()
    .routes.map(({ name, host = '', path, methods, answer }) => [
      name,
      methods.join(', ') || 'any method',
      host + path,
      answer,
    ]);
  return `interpose gateway listens on ${urls}\n\n${table(['route', 'methods', 'path', 'to'], rows)}\nCtrl-C stops it; requests in flight are finished first.\n\n`;
}
