/** Reads the listeners: where clients come in, with TLS and all else that comes before HTTP. */
import { AddressSet } from '@interpose/http';
import {
  type CertificateConfig,
  type HttpsRedirectConfig,
  type ListenerConfig,
  type ListenerTlsConfig,
  placeOf,
  type ProxyProtocolConfig,
} from '../listeners/listener-config.ts';
import { defaultListen, hostText, portNumber } from './listen.ts';
import { described } from './probe.ts';
import type { Report } from './problem.ts';
import { flag, number, oneOf, text } from './scalar-shapes.ts';
import { listOf, optional, readFields, required, type Shape } from './shape.ts';
import type { MapNode, SourceNode } from './source.ts';

const pem = text({ wanted: 'the path of a file, or a text, in PEM', secret: true });

const hostPattern = text({
  wanted: 'a host such as example.com or *.example.com',
  fault: (host) => !/^(?:\*\.)?[\w-]+(?:\.[\w-]+)*$/.test(host),
});

const certificate: Shape<CertificateConfig> = (node, report) =>
  readFields<CertificateConfig>(
    node,
    {
      cert: required(pem),
      key: required(pem),
      hosts: optional(listOf(hostPattern, { wanted: 'a list of hosts' })),
    },
    { what: 'a certificate', report },
  ) as CertificateConfig | undefined;

const tls: Shape<ListenerTlsConfig> = (node, report) => {
  const read = readFields<ListenerTlsConfig>(
    node,
    {
      certificates: required(listOf(certificate, { wanted: 'a list of certificates' })),
      minVersion: optional(oneOf(['TLSv1.2', 'TLSv1.3'])),
      clientCa: optional(pem),
      clientAuth: optional(oneOf(['none', 'request', 'require'])),
    },
    { what: 'the TLS of a listener', report },
  );
  if (read?.certificates?.length === 0) {
    report.error('missing', node, 'TLS needs one certificate or more');
  }
  const { clientCa, clientAuth = clientCa === undefined ? 'none' : 'require' } = read ?? {};
  if (clientAuth === 'none' && clientCa !== undefined) {
    report.error('contradiction', node, '"clientCa" vouches for nobody where "clientAuth" is none');
  }
  if (clientAuth !== 'none' && clientCa === undefined) {
    report.error(
      'missing',
      node,
      `"clientAuth" ${clientAuth} needs "clientCa", who vouches for them`,
    );
  }
  return read as ListenerTlsConfig | undefined;
};

const address = text({
  wanted: 'an address, a range such as 10.0.0.0/8, or one of loopback, private, unix',
  fault: isNoAddress,
});

const proxyProtocol: Shape<ProxyProtocolConfig> = (node, report) =>
  readFields<ProxyProtocolConfig>(
    node,
    { trusted: required(listOf(address, { wanted: 'a list of addresses' })) },
    { what: '"proxyProtocol"', report },
  ) as ProxyProtocolConfig | undefined;

const REDIRECTS: readonly number[] = [301, 302, 307, 308];

const redirectStatus: Shape<301 | 302 | 307 | 308> = (node, report) => {
  const read = number({ whole: true, min: 301, max: 308 })(node, report);
  if (read === undefined || REDIRECTS.includes(read)) return read as 308 | undefined;
  return report.error('badValue', node, `expected one of ${REDIRECTS.join(', ')}, got ${read}`);
};

const redirect: Shape<boolean | HttpsRedirectConfig> = (node, report) =>
  node.kind === 'map'
    ? (readFields<HttpsRedirectConfig>(
        node,
        { port: optional(portNumber(1)), status: optional(redirectStatus) },
        { what: '"redirectToHttps"', report },
      ) as HttpsRedirectConfig | undefined)
    : flag(node, report);

const listener: Shape<ListenerConfig> = (node, report) => {
  const read = readFields<ListenerConfig>(
    node,
    {
      host: optional(hostText),
      port: optional(portNumber(0)),
      path: optional(
        described('The path of a Unix socket.', text({ wanted: 'a path', fault: isNoPath })),
      ),
      tls: optional(tls),
      http2: optional(flag),
      h2c: optional(flag),
      proxyProtocol: optional(proxyProtocol),
      redirectToHttps: optional(redirect),
    },
    { what: 'a listener', report },
  );
  if (node.kind !== 'map' || read === undefined) return undefined;
  checkListener(read, node, report);
  // A listener that says no port has the one that every gateway has.
  const isComplete = read.path !== undefined || read.port !== undefined;
  return isComplete ? read : { ...read, port: defaultListen.port };
};

/** The shape of `listeners`. */
export const listenersShape: Shape<readonly ListenerConfig[]> = (node, report) => {
  const sound = new Map<ListenerConfig, SourceNode>();
  const item: Shape<ListenerConfig> = (one, told) => {
    const before = told.errors();
    const read = listener(one, told);
    if (read && told.errors() === before) sound.set(read, one);
    return read;
  };
  const read = listOf(item, { wanted: 'a list of listeners' })(node, report);
  if (node.kind !== 'list' || read === undefined) return read;
  if (node.items.length === 0) report.error('missing', node, 'there must be one listener or more');
  checkPlaces(sound, report);
  return read;
};

function checkPlaces(sound: ReadonlyMap<ListenerConfig, SourceNode>, report: Report): void {
  const places = new Set<string>();
  for (const [one, node] of sound) {
    const place = placeOf(one);
    if (places.has(place) && one.port !== 0) {
      report.error('contradiction', node, `two listeners listen on ${place}`);
    }
    places.add(place);
  }
}

function checkListener(read: Partial<ListenerConfig>, node: MapNode, report: Report): void {
  const contradict = (message: string): void => report.error('contradiction', node, message);
  if (read.path !== undefined && (read.port !== undefined || read.host !== undefined)) {
    contradict('a listener has either "path" or "host" and "port"');
  }
  if (read.tls && read.h2c === true) contradict('"h2c" is HTTP/2 without TLS, which there is');
  if (read.tls && (read.redirectToHttps ?? false) !== false) {
    contradict('"redirectToHttps" sends clients to TLS, which they have here');
  }
}

function isNoAddress(value: string): boolean {
  try {
    return !new AddressSet('trusted', [value]);
  } catch {
    return true;
  }
}

/** What the system takes for the path of a socket has an end. */
function isNoPath(path: string): string | boolean {
  if (path === '' || path.includes('\0')) return true;
  return Buffer.byteLength(path) > 107 ? 'it may have 107 bytes at most' : false;
}
