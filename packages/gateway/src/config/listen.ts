/** Reads where the gateway listens if that is one host and one port, and how it ends. */
import type { GatewayConfig } from '../gateway-config.ts';
import type { ShutdownConfig } from '../listeners/listener-config.ts';
import { number, text } from './scalar-shapes.ts';
import { optional, readFields, type Shape } from './shape.ts';

/** Where a gateway listens that is not told: this machine only. */
export const defaultListen: GatewayConfig['listen'] = { host: '127.0.0.1', port: 8080 };

/** The shape of a host to listen on. */
export const hostText: Shape<string> = text({
  wanted: 'a host name or an address',
  fault: (host) => !/^[\w.:%-]+$/.test(host),
});

/** The shape of a port. */
export function portNumber(least: 0 | 1): Shape<number> {
  return number({ whole: true, min: least, max: 65_535 });
}

/** The shape of `listen`. */
export const listenShape: Shape<GatewayConfig['listen']> = (node, report) =>
  readFields<GatewayConfig['listen']>(
    node,
    {
      host: optional(hostText, defaultListen.host),
      port: optional(portNumber(0), defaultListen.port),
    },
    { what: '"listen"', report },
  ) as GatewayConfig['listen'] | undefined;

const milliseconds = number({ whole: true, min: 0 });

/** The shape of `shutdown`. */
export const shutdownShape: Shape<ShutdownConfig> = (node, report) =>
  readFields<ShutdownConfig>(
    node,
    { preStopDelayMs: optional(milliseconds), graceMs: optional(milliseconds) },
    { what: '"shutdown"', report },
  ) as ShutdownConfig | undefined;
