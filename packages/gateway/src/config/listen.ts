/** Reads where the gateway listens. */
import type { GatewayConfig } from '../gateway-config.ts';
import { number, text } from './scalar-shapes.ts';
import { optional, readFields, type Shape } from './shape.ts';

/** Where a gateway listens that is not told: this machine only. */
export const defaultListen: GatewayConfig['listen'] = { host: '127.0.0.1', port: 8080 };

/** The shape of `listen`. */
export const listenShape: Shape<GatewayConfig['listen']> = (node, report) =>
  readFields<GatewayConfig['listen']>(
    node,
    {
      host: optional(
        text({ wanted: 'a host name or an address', fault: (host) => !/^[\w.:%-]+$/.test(host) }),
        defaultListen.host,
      ),
      port: optional(number({ whole: true, min: 0, max: 65_535 }), defaultListen.port),
    },
    { what: '"listen"', report },
  ) as GatewayConfig['listen'] | undefined;
