/** A certificate with its key, as a listener uses them: read, checked, and with the hosts that it is for. */
import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createSecureContext, type SecureContext } from 'node:tls';
import { CertificateFailedError, messageOf } from '../errors.ts';
import type { CertificateConfig, ListenerTlsConfig } from './listener-config.ts';

/** A certificate that can be used. */
export interface Certificate {
  readonly cert: string;
  readonly key: string;
  /** Who vouches for clients. */
  readonly ca: string | undefined;
  /** In lower case. */
  readonly hosts: readonly string[];
  readonly context: SecureContext;
  /** When it ends, in the form of `clock.wall()`. */
  readonly endsAtMs: number;
}

/**
 * Reads the certificates of a listener.
 *
 * @throws CertificateFailedError for the first that cannot be used
 */
export async function readCertificates(tls: ListenerTlsConfig): Promise<readonly Certificate[]> {
  const { clientCa } = tls;
  const ca = clientCa === undefined ? undefined : await pemOf(clientCa);
  const made: Certificate[] = [];
  for (const one of tls.certificates) made.push(await readCertificate(one, ca, tls));
  return made;
}

async function readCertificate(
  config: CertificateConfig,
  ca: string | undefined,
  { minVersion = 'TLSv1.2' }: ListenerTlsConfig,
): Promise<Certificate> {
  const [cert, key] = [await pemOf(config.cert), await pemOf(config.key)];
  try {
    const own = new X509Certificate(cert);
    const context = createSecureContext({ cert, key, ...(ca !== undefined && { ca }), minVersion });
    const hosts = (config.hosts ?? hostsOf(own)).map((host) => host.toLowerCase());
    return { cert, key, ca, hosts, context, endsAtMs: Date.parse(own.validTo) };
  } catch (error) {
    throw new CertificateFailedError(nameOf(config.cert), messageOf(error), { cause: error });
  }
}

/** The text of a file, unless it is the text already. */
async function pemOf(from: string): Promise<string> {
  if (from.includes('-----BEGIN')) return from;
  try {
    return await readFile(from, 'utf8');
  } catch (error) {
    throw new CertificateFailedError(from, messageOf(error), { cause: error });
  }
}

/** What is shown of a certificate; a text itself is never shown, as it may be that of a key. */
function nameOf(from: string): string {
  return from.includes('-----BEGIN') ? '(text)' : from;
}

/** The names of hosts that a certificate has. */
function hostsOf({ subjectAltName = '' }: X509Certificate): readonly string[] {
  return [...subjectAltName.matchAll(/(?:^|, )DNS:([\w.*-]+)(?=$|, )/g)].map(
    ([, host = '']) => host,
  );
}
