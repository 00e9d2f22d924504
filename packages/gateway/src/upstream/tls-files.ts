/** Reads the files that say how TLS is spoken to upstreams. */
import { checkNames, outOfRange } from '@interpose/kernel/options';
import { readFileSync } from 'node:fs';
import type { PoolOptions } from '@interpose/wire';
import type { UpstreamTlsConfig } from './upstream-config.ts';

/** How a pool speaks TLS. */
export type PoolTls = NonNullable<PoolOptions['tls']>;

/**
 * What a pool is told, with what the files hold.
 *
 * @throws TypeError or RangeError for options out of range, and for files that cannot be read
 */
export function readTlsFiles(config: UpstreamTlsConfig): PoolTls {
  checkNames('tls', config, ['verify', 'ca', 'servername', 'cert', 'key']);
  const { verify = true, ca, servername, cert, key } = config;
  if ((cert === undefined) !== (key === undefined)) {
    throw outOfRange('tls.cert', 'a file where `tls.key` is one, and only there', cert);
  }
  return {
    rejectUnauthorized: verify,
    ...(ca !== undefined && { ca: read('tls.ca', ca) }),
    ...(servername !== undefined && { servername }),
    ...(cert !== undefined && { cert: read('tls.cert', cert) }),
    ...(key !== undefined && { key: read('tls.key', key) }),
  };
}

function read(name: string, path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const { code = 'unreadable' } = error as NodeJS.ErrnoException;
    // The path of a key is no secret, though its name makes it look like one.
    throw new RangeError(
      `Expected \`${name}\` to be a file that can be read, got \`${path}\` (${code}).`,
    );
  }
}
