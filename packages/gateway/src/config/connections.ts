/** Reads limits and times of the connections of clients. */
import type { ConnectionsConfig } from '../listeners/listener-config.ts';
import { number } from './scalar-shapes.ts';
import { optional, readFields, type Shape } from './shape.ts';

const some = number({ whole: true, min: 1 });
const any = number({ whole: true, min: 0 });

/** The shape of `connections`. */
export const connectionsShape: Shape<ConnectionsConfig> = (node, report) =>
  readFields<ConnectionsConfig>(
    node,
    {
      maxLineBytes: optional(number({ whole: true, min: 16 })),
      maxHeadBytes: optional(number({ whole: true, min: 64 })),
      maxHeaders: optional(some),
      maxBodyBytes: optional(any),
      maxExtensionBytes: optional(any),
      headTimeoutMs: optional(some),
      bodyIdleTimeoutMs: optional(some),
      minBodyBytesPerSecond: optional(any),
      keepAliveMs: optional(some),
      writeTimeoutMs: optional(some),
      lingerMs: optional(any),
      handshakeTimeoutMs: optional(some),
      maxConnections: optional(some),
      maxRequestsPerConnection: optional(some),
      maxConcurrentStreams: optional(some),
      maxStreamResets: optional(any),
    },
    { what: '"connections"', report },
  ) as ConnectionsConfig | undefined;
