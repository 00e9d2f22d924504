/** How `interpose gateway run` ends: in good order at the first signal, at once at the second. */
import type { Gateway } from '@interpose/gateway';
import type { CommandIo, StopSignal } from './command-io.ts';

/** One Ctrl-C under npm arrives twice: from the terminal and from npm. */
const SAME_SIGNAL_MS = 500;

/** The signals that end a command. */
export interface StopSignals {
  readonly first: Promise<StopSignal>;
  readonly second: Promise<StopSignal>;
  readonly forget: () => void;
}

/** Listens for signals until it is told to forget them. */
export function stopSignals(io: CommandIo): StopSignals {
  const waiting: ((signal: StopSignal) => void)[] = [];
  const next = (): Promise<StopSignal> => new Promise((resolve) => void waiting.push(resolve));
  const [first, second] = [next(), next()];
  let countedAt = -Infinity;
  const forget = io.onStopSignal((signal) => {
    const now = io.clock.now();
    if (now - countedAt <= SAME_SIGNAL_MS) return;
    countedAt = now;
    waiting.shift()?.(signal);
  });
  return { first, second, forget };
}

/**
 * Ends the gateway after the first signal. SIGTERM comes from those who send requests here and have to notice first that no more are to be
 * sent; whoever presses Ctrl-C does not want to wait for that. The second signal waits for nothing.
 */
export async function stopGateway(
  gateway: Gateway,
  { first, second }: StopSignals,
  io: CommandIo,
): Promise<void> {
  const { preStopDelayMs = 5000, graceMs = 30_000 } = gateway.config.shutdown ?? {};
  const delayMs = (await first) === 'SIGTERM' ? preStopDelayMs : 0;
  const before =
    delayMs > 0 ? `not ready any more, but serving for ${delayMs / 1000} s; then ` : '';
  io.err(
    `stopping: ${before}no new requests; those in flight have ${graceMs / 1000} s; Ctrl-C again stops at once\n`,
  );
  const drained = gateway.shutDown({ preStopDelayMs: delayMs, graceMs }).then((cut) => {
    if (cut > 0)
      io.err(`interpose: cut ${cut} connection${cut === 1 ? '' : 's'} that did not end in time\n`);
  });
  const atOnce = second.then(() => {
    // The process ends now, whatever becomes of this.
    gateway.close({ graceMs: 0 }).catch(() => {});
    io.err('interpose: requests in flight are cut\n');
  });
  await Promise.race([drained, atOnce]);
  io.err('stopped\n');
}
