/** What a config says of where clients come in, of their connections, and of the end. */
import type { LimitOptions, ServerOptions, ServerTimeoutOptions } from '@interpose/wire';

/** One place where clients come in: a host and a port, or the path of a Unix socket. */
export interface ListenerConfig {
  /** @default '127.0.0.1' */
  readonly host?: string;
  /** 0 takes any free port. */
  readonly port?: number;
  /** The path of a Unix socket, in the place of host and port. */
  readonly path?: string;
  /** Certificates; without them connections are not encrypted. @default none */
  readonly tls?: ListenerTlsConfig;
  /** Whether clients of TLS that can speak HTTP/2 do so. @default true */
  readonly http2?: boolean;
  /** Whether clients may speak HTTP/2 without TLS, if they do so from the first byte. @default false */
  readonly h2c?: boolean;
  /** Whose connections begin with a header of the PROXY protocol. @default nobody's */
  readonly proxyProtocol?: ProxyProtocolConfig;
  /** Sends every request to the same address with https in front. @default false */
  readonly redirectToHttps?: boolean | HttpsRedirectConfig;
}

/** The TLS of a listener. */
export interface ListenerTlsConfig {
  /** The first one is for clients that ask for no name, or for one that none of them has. */
  readonly certificates: readonly CertificateConfig[];
  /** @default 'TLSv1.2' */
  readonly minVersion?: 'TLSv1.2' | 'TLSv1.3';
  /** Who vouches for clients: a file, or the text, of certificates in PEM. */
  readonly clientCa?: string;
  /** Whether clients are asked for a certificate, and whether they have to have one. @default 'none', with `clientCa` 'require' */
  readonly clientAuth?: 'none' | 'request' | 'require';
}

/** A certificate with its key: files, or the texts themselves, in PEM. */
export interface CertificateConfig {
  /** With the certificates in between, down from that of the host. */
  readonly cert: string;
  readonly key: string;
  /** The hosts that it is for; `*.example.com` is every name right below. @default those that it names */
  readonly hosts?: readonly string[];
}

/** Who says for whom it asks. */
export interface ProxyProtocolConfig {
  /** Addresses, ranges, `loopback`, `private` or `unix`. They have to begin with the header; from all others it is refused. */
  readonly trusted: readonly string[];
}

/** Where clients without TLS are sent. */
export interface HttpsRedirectConfig {
  /** @default 443 */
  readonly port?: number;
  /** @default 308 */
  readonly status?: 301 | 302 | 307 | 308;
}

/** Limits and times of the connections of clients. */
export interface ConnectionsConfig
  extends
    LimitOptions,
    ServerTimeoutOptions,
    Pick<
      ServerOptions,
      | 'handshakeTimeoutMs'
      | 'maxConcurrentStreams'
      | 'maxConnections'
      | 'maxRequestsPerConnection'
      | 'maxStreamResets'
    > {}

/** How the gateway ends when it is told to. */
export interface ShutdownConfig {
  /** How long it goes on as ever, but for its readiness, so that those who send to it notice. @default 5000 */
  readonly preStopDelayMs?: number;
  /** How long requests under way may take then. @default 30_000 */
  readonly graceMs?: number;
}

/** What a config says of all this. */
export interface FrontConfig {
  /** Where it listens, if that is more than one place, or with more than a host and a port; `listen` means nothing then. */
  readonly listeners?: readonly ListenerConfig[];
  /** Limits and times of the connections of clients, on all listeners. */
  readonly connections?: ConnectionsConfig;
  /** How the gateway ends. */
  readonly shutdown?: ShutdownConfig;
}

/** Where a listener listens, as text: the same text is the same place. */
export function placeOf({ host = '127.0.0.1', port = 0, path }: ListenerConfig): string {
  if (path !== undefined) return path;
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}
