/** Warns of what is right in itself and still rarely meant. */
import type { GatewayConfig } from '../gateway-config.ts';
import type { Report } from './problem.ts';
import type { SourceNode } from './source.ts';

/** What has been read without an error. */
export interface Doubtful {
  readonly config: GatewayConfig;
  readonly report: Report;
}

/** Takes down warnings about what has been read. */
export function checkDoubts(source: SourceNode, { config, report }: Doubtful): void {
  checkAddresses(source, config, report);
  checkBodies(source, report);
}

/** Plugins that go by the addresses of clients, with the option and its value that make them. */
const BY_ADDRESS: readonly (readonly [plugin: string, option?: string, value?: string])[] = [
  ['rate-limit', 'by', 'address'],
  ['ip-restriction'],
  ['ip-block'],
];

/** Where nobody but a proxy can come in, everybody has the address of that proxy, unless it is believed. */
function checkAddresses(source: SourceNode, config: GatewayConfig, report: Report): void {
  if (config.trustedProxies !== undefined || !isLocal(config)) return;
  const lists = [
    ...itemsAt(source, 'plugins'),
    ...itemsAt(source, 'routes').flatMap((route) => itemsAt(route, 'plugins')),
  ];
  for (const use of lists) {
    const [plugin] = BY_ADDRESS.find((one) => goesByAddress(use, one)) ?? [];
    if (plugin === undefined) continue;
    const message = `"${plugin}" goes by the addresses of clients, and only this machine can come in: without "trustedProxies" all clients of a proxy have one address`;
    report.warning('sharedAddress', use, message);
  }
}

const LOCAL = /^(localhost|127\.[\d.]+|::1)$/;

function isLocal({ listen, listeners }: GatewayConfig): boolean {
  const places = listeners ?? [listen];
  return places.every((place) => {
    const { host = '127.0.0.1', proxyProtocol } = place as NonNullable<typeof listeners>[number];
    return proxyProtocol === undefined && LOCAL.test(host);
  });
}

function goesByAddress(
  use: SourceNode,
  [plugin, option, value]: (typeof BY_ADDRESS)[number],
): boolean {
  if (use.kind === 'scalar') return use.value === plugin && option === undefined;
  const options = entryOf(use, plugin);
  if (options === undefined) return false;
  if (option === undefined) return true;
  const said = entryOf(options, option);
  return said?.kind === 'scalar' && said.value === value;
}

/** Who sends this much has the gateway busy for as long as it takes. */
const MOST_BODY_BYTES = 1024 ** 3;

function checkBodies(source: SourceNode, report: Report): void {
  for (const part of [entryOf(source, 'connections'), ...itemsAt(source, 'routes')]) {
    const limit = entryOf(part, 'maxBodyBytes');
    if (limit?.kind !== 'scalar' || Number(limit.value) <= MOST_BODY_BYTES) continue;
    report.warning('unlimitedBody', limit, 'a body of this size is as good as without a limit');
  }
}

function entryOf(node: SourceNode | undefined, key: string): SourceNode | undefined {
  return node?.kind === 'map' ? node.entries.get(key)?.value : undefined;
}

function itemsAt(node: SourceNode, key: string): readonly SourceNode[] {
  const list = entryOf(node, key);
  return list?.kind === 'list' ? list.items : [];
}
