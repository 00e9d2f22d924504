/** Certificates: those of one listener, which one is for which host, and how they are renewed while it listens. */
import type { SecureContext } from 'node:tls';
import type { ServerTlsOptions } from '@interpose/wire';
import { type Certificate, readCertificates } from './certificate.ts';
import type { ListenerTlsConfig } from './listener-config.ts';

/** The certificates of a listener. */
export class Certificates {
  readonly #config: ListenerTlsConfig;
  #all: readonly Certificate[] = [];
  #byHost: ReadonlyMap<string, number> = new Map();

  private constructor(config: ListenerTlsConfig) {
    this.#config = config;
  }

  /** @throws CertificateFailedError for the first that cannot be used */
  static async read(config: ListenerTlsConfig): Promise<Certificates> {
    const certificates = new Certificates(config);
    certificates.#take(await readCertificates(config));
    return certificates;
  }

  /** Whether it depends on the host which one is used. */
  get areSeveral(): boolean {
    return this.#all.length > 1;
  }

  /** When the first of them ends, in the form of `clock.wall()`. */
  get endAtMs(): number {
    return Math.min(...this.#all.map(({ endsAtMs }) => endsAtMs));
  }

  /** What the server of the listener is told; those for single hosts are asked for at every handshake. */
  get serverOptions(): ServerTlsOptions {
    const { minVersion = 'TLSv1.2', clientCa, clientAuth } = this.#config;
    const asks = clientAuth ?? (clientCa === undefined ? 'none' : 'require');
    return {
      ...this.fallback,
      minVersion,
      requestCert: asks !== 'none',
      rejectUnauthorized: asks === 'require',
      SNICallback: (name, done) => done(null, this.#contextFor(name)),
    };
  }

  /** What is used where no host decides. */
  get fallback(): { readonly cert: string; readonly key: string; readonly ca?: string } {
    const { cert, key, ca } = this.#all[0] as Certificate;
    return { cert, key, ...(ca !== undefined && { ca }) };
  }

  /**
   * Reads all files again. Tells whether anything has changed; then the next handshakes have the new ones.
   *
   * @throws CertificateFailedError for the first that cannot be used; then nothing has changed
   */
  async renew(): Promise<boolean> {
    const renewed = await readCertificates(this.#config);
    const isSame = renewed.every(({ cert, key, ca }, at) => {
      const old = this.#all[at] as Certificate;
      return cert === old.cert && key === old.key && ca === old.ca;
    });
    if (!isSame) this.#take(renewed);
    return !isSame;
  }

  /** Which of them is for the host; 0 is also for all others. */
  indexFor(host: string | undefined): number {
    if (host === undefined) return 0;
    const name = host.toLowerCase().replace(/\.$/, '');
    const exact = this.#byHost.get(name);
    if (exact !== undefined) return exact;
    const dot = name.indexOf('.');
    return (dot > 0 ? this.#byHost.get(`*${name.slice(dot)}`) : undefined) ?? 0;
  }

  #take(all: readonly Certificate[]): void {
    const byHost = new Map<string, number>();
    for (const [at, { hosts }] of all.entries()) {
      for (const host of hosts) if (!byHost.has(host)) byHost.set(host, at);
    }
    this.#all = all;
    this.#byHost = byHost;
  }

  /** The first is the server's own, of which it makes a context itself. */
  #contextFor(name: string): SecureContext | undefined {
    const at = this.indexFor(name);
    return at === 0 ? undefined : this.#all[at]?.context;
  }
}
