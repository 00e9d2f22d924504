/** Reads where the gateway can be asked and told, and who may do it. */
import type { AdminConfig, PublicHealth } from '../admin/admin-config.ts';
import {
  ADMIN_HOST,
  isLoopback,
  isToken,
  TOKEN_NEEDED,
  TOKEN_WANTED,
} from '../admin/admin-options.ts';
import { isHealthPath } from '../admin/public-health.ts';
import type { RecentOptions } from '../recent/recent-options.ts';
import { number, text } from './scalar-shapes.ts';
import { listOf, optional, readFields, type Shape } from './shape.ts';

const hostName = text({
  wanted: 'a host name or an address',
  fault: (host) => !/^[\w.:%-]+$/.test(host),
});

const requestsShape: Shape<RecentOptions> = (node, report) =>
  readFields<RecentOptions>(
    node,
    {
      keep: optional(number({ whole: true, min: 1, max: 10_000 })),
      perSecond: optional(number({ whole: true, min: 0 })),
    },
    { what: '"requests"', report },
  ) as RecentOptions | undefined;

/** The shape of `admin`. */
export const adminShape: Shape<AdminConfig> = (node, report) => {
  const admin = readFields<AdminConfig>(
    node,
    {
      host: optional(hostName),
      port: optional(number({ whole: true, min: 0, max: 65_535 })),
      token: optional(
        text({ wanted: TOKEN_WANTED, fault: (token) => !isToken(token), secret: true }),
      ),
      hosts: optional(listOf(hostName, { wanted: 'a list of host names' })),
      outside: optional(
        listOf(
          text({
            wanted: 'the name of a variable, or file:/path',
            fault: (name) => !/^(?:[A-Za-z_]\w*|file:\/.+)$/.test(name),
          }),
          { wanted: 'a list of variables and files' },
        ),
      ),
      requests: optional(requestsShape),
    },
    { what: '"admin"', report },
  ) as AdminConfig | undefined;
  const isTold = node.kind === 'map' && node.entries.has('token');
  if (admin && !isTold && !isLoopback(admin.host ?? ADMIN_HOST)) {
    report.error('missing', node, `"admin" needs "token": ${TOKEN_NEEDED}`);
  }
  return admin;
};

/** The shape of `health`. */
export const healthShape: Shape<PublicHealth> = (node, report) =>
  readFields<PublicHealth>(
    node,
    {
      path: optional(
        text({
          wanted: 'a path in normal form, such as /health',
          fault: (path) => !isHealthPath(path),
        }),
      ),
      version: optional(text({ wanted: 'text' })),
    },
    { what: '"health"', report },
  ) as PublicHealth | undefined;
