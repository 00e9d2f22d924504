/** Finds addresses as the system does, and for how long the name servers say that they hold. */
import { ADDRCONFIG, lookup, promises, type RecordWithTtl } from 'node:dns';

/** An address of a host. */
export interface HostAddress {
  readonly address: string;
  readonly family: 4 | 6;
}

/** What was found for a name. */
export interface Resolution {
  readonly addresses: readonly HostAddress[];
  /** How long it holds. What is not known yet may come later. */
  readonly ttlMs: number | undefined | Promise<number | undefined>;
}

/** Finds addresses for a name. */
export type Resolver = (host: string) => Promise<Resolution>;

/** Nobody waits for these answers, but they should not be asked for without end. */
const QUERY = { timeout: 1000, tries: 1 };
/** Every machine's own name for itself, which no name server is asked for (RFC 6761 section 6.3). */
const LOCAL = /(?:^|\.)localhost\.?$/i;

/**
 * A resolver that takes addresses from one place and asks another for how long they hold, as the first one keeps that from us. Where the
 * records of the second are not those that the first has found, nobody knows.
 */
export function resolverOf(
  addressesOf: (host: string) => Promise<readonly HostAddress[]>,
  recordsOf: (host: string) => Promise<readonly RecordWithTtl[]>,
): Resolver {
  return async (host) => {
    const records = recordsOf(host).catch(() => []);
    const addresses = await addressesOf(host);
    const known = new Set(addresses.map(({ address }) => address));
    return { addresses, ttlMs: records.then((found) => ttlOf(found, known)) };
  };
}

/**
 * The resolver of the system. Addresses come from where the system has them: hosts file, search domains and whatever else it is set up with;
 * for how long they hold, the name servers are asked.
 */
export const systemResolver: Resolver = resolverOf(addressesOf, recordsOf);

function addressesOf(host: string): Promise<readonly HostAddress[]> {
  return new Promise((resolve, reject) => {
    lookup(host, { all: true, verbatim: true, hints: ADDRCONFIG }, (error, found) => {
      if (error) reject(error);
      else resolve(found as HostAddress[]);
    });
  });
}

async function recordsOf(host: string): Promise<readonly RecordWithTtl[]> {
  if (LOCAL.test(host)) return [];
  const resolver = new promises.Resolver(QUERY);
  const found = await Promise.allSettled([
    resolver.resolve4(host, { ttl: true }),
    resolver.resolve6(host, { ttl: true }),
  ]);
  return found.flatMap((one) => (one.status === 'fulfilled' ? one.value : []));
}

/** The shortest of those that concern the addresses. */
function ttlOf(records: readonly RecordWithTtl[], known: ReadonlySet<string>): number | undefined {
  const seconds = records.filter(({ address }) => known.has(address)).map(({ ttl }) => ttl);
  return seconds.length > 0 ? Math.min(...seconds) * 1000 : undefined;
}
